// measure.js MODULES SPEC: open pages in Chromium and measure them. The answer is JSON on standard output.
//
// MODULES is a folder with puppeteer-core in it (make slides installs it). SPEC is {"pages": [URL...], "sizes":
// [[width, height]...], "measure": "a JavaScript function, run in the page", "shots": FOLDER or null, "dark": whether the
// reader's system is}.
"use strict";

const path = require("path");
const [modules, spec] = [process.argv[2], JSON.parse(process.argv[3])];
const puppeteer = require(require.resolve("puppeteer-core", { paths: [modules] }));

// As root Chromium has no sandbox; what is opened here is our own.
const OPTIONS = { executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] };

async function visit(browser, url, [width, height]) {
    const page = await browser.newPage();
    const refused = [];
    page.on("requestfailed", (request) => refused.push(request.url()));
    page.on("request", (request) => request.url().startsWith("http") && refused.push(request.url()));
    page.on("pageerror", (error) => refused.push(String(error)));
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: spec.dark ? "dark" : "light" }]);
    await page.goto(url, { waitUntil: "load" });
    const found = await page.evaluate(`(${spec.measure})()`);
    if (spec.shots) {
        const name = `${path.basename(url).replace(/[.?#=]/g, "-")}-${width}.png`;
        await page.screenshot({ path: path.join(spec.shots, name), fullPage: true });
    }
    await page.close();
    return { url, width, refused, found };
}

async function main() {
    const browser = await puppeteer.launch(OPTIONS);
    const answers = [];
    try {
        for (const url of spec.pages)
            for (const size of spec.sizes)
                answers.push(await visit(browser, url, size));
    } finally {
        await browser.close();
    }
    console.log(JSON.stringify(answers));
}

main().catch((error) => { console.error(error); process.exit(1); });
