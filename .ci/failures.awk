# Lists the distinct failures in the output of the test runner: the first test with this message, the message's first lines, and the
# first frame of the stack trace with a source file. CI systems may keep only the end of a long output.

function finish() {
    if (name == "") return
    if (!(message in tests)) messages[++distinct] = message
    if (tests[message]++ == 0) first[message] = name
    name = ""
}

/^[^ ]/ { finish() }
/^failed / {
    name = substr($0, 8)
    sub(/ \([0-9hms ]+\)$/, "", name)
    message = ""
    lines = 0
    inStack = located = 0
    next
}
name == "" || /^  from / { next }
/^    (at |--- End)/ { inStack = 1 }
/^  (Standard|Error) output/ { located = inStack = 1 }
!inStack && NF && lines < 5 { message = message "\n" substr($0, 1, 240); lines++ }
inStack && !located && /^ +at .* in .*:[0-9]+$/ { message = message "\n" substr($0, 1, 240); located = 1 }

END {
    finish()
    if (distinct) print "Failures:"
    for (i = 1; i <= distinct; i++) {
        more = tests[messages[i]] - 1
        print first[messages[i]] (more ? ", and " more " more with the same message" : "") messages[i]
    }
}
