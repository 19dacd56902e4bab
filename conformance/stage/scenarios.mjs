// A client program's half of the conversation that conversation.py describes: scenarios that are run one after the other,
// each told as it ends, and a person who opens addresses.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = message => process.stdout.write(`${JSON.stringify(message)}\n`);

// Libraries warn on standard output's console, which is the conversation here.
console.log = console.info = console.error;

async function hear() {
    const { value, done } = await lines.next();
    assert(!done, 'nobody answers');
    return JSON.parse(value);
}

/** What the suite knows: issuer, clients, keys. The first line that is said to a program. */
export const scene = await hear();

/** A person opens an address, logs in and allows (or, by `more`, denies, or opens it in the browser of the visit before);
 * where the browser was carried in the end. */
export async function visit(url, until, more = {}) {
    say({ visit: String(url), until, ...more });
    const { arrived, stuck } = await hear();
    assert(arrived, stuck);
    return new URL(arrived);
}

/** Runs scenarios by name and says what came of each. */
export async function play(scenarios) {
    for (const [name, scenario] of Object.entries(scenarios)) {
        try {
            await scenario();
            say({ passed: name });
        } catch (error) {
            say({ failed: name, why: inspect(error) });
        }
    }
    say({ finished: Object.keys(scenarios).length });
    process.exit(0);
}

function inspect(error) {
    const causes = [];
    for (let at = error; at instanceof Error && causes.length < 4; at = at.cause) {
        causes.push(`${at.stack} ${JSON.stringify(at)}`);
    }
    return causes.join('\nbecause of ') || String(error);
}
