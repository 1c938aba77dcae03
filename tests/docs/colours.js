// Of every text that is seen, in each theme: its colour and that of the ground under it, as #rrggbb. Run in a
// page; what is translucent is mixed with what lies below it.
() => {
    const parts = (colour) => colour.match(/[\d.]+/g).map(Number).concat(1).slice(0, 4);
    const mixed = (over, under) => [0, 1, 2].map((i) => over[i] * over[3] + under[i] * (1 - over[3]));
    const ancestors = (e) => e ? [e, ...ancestors(e.parentElement)] : [];
    const ground = (e) => ancestors(e).map((each) => parts(getComputedStyle(each).backgroundColor))
        .reduceRight((under, over) => mixed(over, under), [255, 255, 255]);
    const ink = (e, under) => {
        const colour = parts(getComputedStyle(e).color);
        const opacity = ancestors(e).reduce((all, each) => all * getComputedStyle(each).opacity, colour[3]);
        return mixed([...colour.slice(0, 3), opacity], under);
    };
    const hex = (colour) => "#" + colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");
    const seen = (e) => e.getBoundingClientRect().width > 1 && getComputedStyle(e).visibility === "visible";
    document.head.append(Object.assign(document.createElement("style"),
        { textContent: "* { transition: none !important; }" })); // else a change of theme would be seen halfway
    const found = {};
    for (const theme of ["light", "dark", "auto"]) {
        document.body.dataset.theme = theme;
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const [text, e] = [texts.currentNode.data.trim(), texts.currentNode.parentElement];
            if (text && seen(e)) {
                const under = ground(e);
                found[[theme, hex(ink(e, under)), hex(under)].join(" ")] ??= text.slice(0, 40);
            }
        }
    }
    return found;
}
