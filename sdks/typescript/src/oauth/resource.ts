// Resource indicators (RFC 8707): which API a token is for.

/** Whether two identifiers name the same resource: the same text, where `https://h` and `https://h/` are one. */
export function isSameResource(one: string, other: string): boolean {
  return one === other || bare(one) === bare(other);
}

function bare(uri: string): string {
  return /^[^/]*:\/\/[^/?]+\/$/.test(uri) ? uri.slice(0, -1) : uri;
}
