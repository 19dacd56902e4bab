// What a WWW-Authenticate header says (RFC 9110 section 11.6.1), several schemes in one value included.

/** One challenge; names in lower case. */
export interface ParsedChallenge {
  readonly scheme: string;
  readonly parameters: { readonly [name: string]: string };
}

const SCHEME = /([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?=[ \t,]|$)/y;
const PARAMETER = /([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)(?:"|$)|([^\s",=]+))/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const SEPARATOR = /[ \t,]*/y;
const SPACE = /[ \t]*/y;

/** Reads the header's value; what cannot be read ends the list. */
export function parseChallenges(value: string): ParsedChallenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(value);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    take(SEPARATOR);
    if (at >= value.length) return challenges;
    const current = challenges.at(-1);
    const parameter = current === undefined ? null : take(PARAMETER);
    if (current !== undefined && parameter !== null) {
      const name = (parameter[1] ?? "").toLowerCase();
      current.parameters[name] ??= parameter[2]?.replace(/\\(.)/g, "$1") ?? parameter[3] ?? "";
      continue;
    }
    const scheme = take(SCHEME);
    if (scheme === null) return challenges;
    challenges.push({ scheme: (scheme[1] ?? "").toLowerCase(), parameters: {} });
    take(SPACE);
    // Some schemes have one value in place of parameters; it is of no interest here.
    PARAMETER.lastIndex = at;
    if (!PARAMETER.test(value)) take(TOKEN68);
  }
}
