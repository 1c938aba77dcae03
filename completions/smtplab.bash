# smtplab.bash - completion for the programs of smtplab in bash.
#
#     source completions/smtplab.bash
#
# A program is known by its name, wherever it lies: build/solution/client, grader/grade. For each there is a
# function that prints nothing and fills COMPREPLY. tests/programs/test_manpages.py holds the lists against --help.
# It needs no bash-completion package, and works with the old bash of macOS, too.

_smtplab_client_options='--server --tls --ca --auth --user --password-file --token-command --from --to --subject
    --body --html --attach --eml --keyboard --helo --timeout --show --record --keylog --lab --help --version'
_smtplab_replay_options='--client --port --json --record --keylog --seed -j -v -q --scale --no-clock --print
    --print-run --doctor --help --version'
_smtplab_step_options='--sandbox --server --replay --tls --ca --insecure --user --password-file --record --keylog
    --timeout --help --version'
_smtplab_sandbox_options='--port --tls-port --bind --host --maildir --discard --record --state --user --password-file
    --auth-in-clear --auth-required --cert --keylog --fault --weak --size --max-connections --patience --total --log
    --log-file --once --help --version'
_smtplab_record_options='--to --out --tls --listen --ca --password-file --private --keep-names --exact --software --title
    --once --help --version'
_smtplab_draw_options='--dialogue --lines --width --ascii --help --version'
_smtplab_rulebook_options='--help --version'
_smtplab_grade_options='-h --help --lab -T --transcript --only -v --conversation --again --format --json --report
    --no-sanitizers -j --jobs --replay --version'

# ---- what can be offered -----------------------------------------------------------------------

# What compgen says: one name a line, which may have spaces in it.
_smtplab_add() { # WORD COMPGEN-OPTION...
    local word=$1 name
    shift
    while IFS= read -r name; do
        COMPREPLY[${#COMPREPLY[@]}]=$name
    done < <(compgen "$@" -- "$word")
}

_smtplab_words() { _smtplab_add "$2" -W "$1"; } # LIST WORD
_smtplab_commands() { _smtplab_add "$1" -c; }

# Names of files: bash adds the slash of a folder, and quotes what must be.
_smtplab_names() { # WORD COMPGEN-OPTION...
    compopt -o filenames 2>/dev/null # bash 3 has none: there a folder lacks its slash
    _smtplab_add "$@"
}

_smtplab_folders() { _smtplab_names "$1" -d; }
_smtplab_files() { _smtplab_names "$1" -f; }

# Transcripts, and folders on the way to them.
_smtplab_transcripts() {
    _smtplab_names "$1" -d
    _smtplab_names "$1" -f -X '!*.smtp'
}

# "@FILE": the @, then a file. Bash takes the @ for a word of its own, and asks for the name behind it only; with no
# letter of the name yet it would write "\@", so nothing is offered there.
_smtplab_at_file() { # WORD BEFORE
    case $2 in
    @ | =@) [ -z "$1" ] || _smtplab_files "$1" ;;
    *)
        [ -z "$1" ] || return 0
        compopt -o nospace 2>/dev/null
        COMPREPLY=(@)
        ;;
    esac
}

# ---- where we are ------------------------------------------------------------------------------

# Sets word (what is being typed), before (the word in front of it) and option (the same, but for signs in between).
# Bash cuts words at = and at @: "--tls=im" is three words, "@te" is two, "=@" one.
_smtplab_look() {
    local at=$COMP_CWORD
    word=${COMP_WORDS[at]}
    case $word in
    = | @ | =@) before=$word word='' ;;
    *) at=$((at - 1)) before=${COMP_WORDS[at]} ;;
    esac
    while :; do
        option=${COMP_WORDS[at]}
        case $option in
        = | @ | =@) at=$((at - 1)) ;;
        *) break ;;
        esac
    done
}

# ---- the programs ------------------------------------------------------------------------------

_smtplab_client() {
    local word option before
    COMPREPLY=()
    _smtplab_look
    case $option in
    --tls) _smtplab_words 'starttls implicit none' "$word" ;;
    --auth) _smtplab_words 'login plain cram-md5 xoauth2 none' "$word" ;;
    --lab) _smtplab_words '0 1 2 3 4 5 6 7 8' "$word" ;;
    --ca | --password-file | --attach | --record | --keylog) _smtplab_files "$word" ;;
    --body | --html | --eml) _smtplab_at_file "$word" "$before" ;;
    --token-command) _smtplab_commands "$word" ;;
    --server | --user | --from | --to | --subject | --helo | --timeout) ;; # what only you can know
    *) _smtplab_words "$_smtplab_client_options" "$word" ;;
    esac
}

# Behind "--" stands another program with its arguments. Sets command to the number of words between.
_smtplab_behind_dashes() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [ "${COMP_WORDS[i]}" = -- ] && command=$((COMP_CWORD - i)) && return 0
    done
    return 1
}

_smtplab_replay() {
    local word option before command
    COMPREPLY=()
    _smtplab_look
    if _smtplab_behind_dashes; then
        [ "$command" -gt 1 ] || _smtplab_commands "$word"
        [ "${#COMPREPLY[@]}" -gt 0 ] || _smtplab_files "$word"
        return
    fi
    case $option in
    --client | --json | --record | --keylog) _smtplab_files "$word" ;;
    --port | --seed | --scale | --print-run | -j) ;;
    *)
        case $word in
        -*) _smtplab_words "$_smtplab_replay_options" "$word" ;;
        *) _smtplab_transcripts "$word" ;;
        esac
        ;;
    esac
}

_smtplab_step() {
    local word option before
    COMPREPLY=()
    _smtplab_look
    case $option in
    --tls) _smtplab_words 'starttls implicit none' "$word" ;;
    --replay) _smtplab_transcripts "$word" ;;
    --ca | --password-file | --record | --keylog) _smtplab_files "$word" ;;
    --server | --user | --timeout) ;; # what only you can know
    *) _smtplab_words "$_smtplab_step_options" "$word" ;;
    esac
}

_smtplab_sandbox() {
    local word option before
    COMPREPLY=()
    _smtplab_look
    case $option in
    --cert) _smtplab_words 'good expired self-signed wrong-host unknown-ca cn-only' "$word" ;;
    --weak) _smtplab_words 'smuggling starttls-injection auth-in-clear header-injection' "$word" ;;
    --log) _smtplab_words 'text json' "$word" ;;
    --maildir | --record | --state) _smtplab_folders "$word" ;;
    --password-file | --keylog | --log-file) _smtplab_files "$word" ;;
    --port | --tls-port | --bind | --host | --user | --fault | --size | --max-connections | --patience | --total) ;;
    *) _smtplab_words "$_smtplab_sandbox_options" "$word" ;;
    esac
}

_smtplab_record() {
    local word option before
    COMPREPLY=()
    _smtplab_look
    case $option in
    --tls) _smtplab_words 'starttls implicit none' "$word" ;;
    --out | --ca | --password-file) _smtplab_files "$word" ;;
    --to | --listen | --software | --title) ;; # what only you can know
    *) _smtplab_words "$_smtplab_record_options" "$word" ;;
    esac
}

_smtplab_draw() {
    local word option before
    COMPREPLY=()
    _smtplab_look
    case $option in
    --lines | --width) ;; # what only you can know
    *)
        case $word in
        -*) _smtplab_words "$_smtplab_draw_options" "$word" ;;
        *) _smtplab_transcripts "$word" ;;
        esac
        ;;
    esac
}

_smtplab_rulebook() {
    local word option before
    COMPREPLY=()
    _smtplab_look
    [ "$COMP_CWORD" -gt 1 ] || _smtplab_words "$_smtplab_rulebook_options" "$word" # it takes one
}

_smtplab_grade() {
    local word option before
    COMPREPLY=()
    _smtplab_look
    case $option in
    --lab) _smtplab_words '1 2 3' "$word" ;;
    --format) _smtplab_words 'text json junit' "$word" ;;
    -T | --transcript | --only) _smtplab_transcripts "$word" ;;
    --json | --replay) _smtplab_files "$word" ;;
    --report) _smtplab_folders "$word" ;;
    -j | --jobs) ;;
    *)
        case $word in
        -*) _smtplab_words "$_smtplab_grade_options" "$word" ;;
        *) _smtplab_folders "$word" ;;
        esac
        ;;
    esac
}

complete -F _smtplab_client client
complete -F _smtplab_replay smtp-replay
complete -F _smtplab_step smtp-step
complete -F _smtplab_sandbox smtp-sandbox
complete -F _smtplab_record smtp-record
complete -F _smtplab_draw smtp-draw
complete -F _smtplab_rulebook smtp-rulebook
complete -F _smtplab_grade grade
