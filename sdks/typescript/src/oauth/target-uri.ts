// The address that a proof of possession is for, in the form in which two of them are compared (RFC 9449 section 4.3).

/** The longest address that is read, without query and fragment, in bytes. */
const MAX_URI = 2048;

/**
 * An absolute http or https address without query and fragment: scheme and host in lower case, no default port, `/` for an
 * empty path, percent-encodings in upper case and only where they are needed (RFC 3986 section 6.2.2). `undefined` for
 * anything else, for one with user information, and for one with a percent sign that begins no encoding. What is in the query or
 * the fragment does not matter.
 */
export function targetUri(text: string): string | undefined {
  const end = text.search(/[?#]/);
  const address = end < 0 ? text : text.slice(0, end);
  if (address.length > MAX_URI || !/^[!-~]+$/.test(address) || /%(?![0-9a-f]{2})/i.test(address)) return undefined;
  const parts = /^(https?):\/\/([^/]+)(.*)$/i.exec(address);
  if (parts === null) return undefined;
  const [scheme, host, path] = [parts[1]?.toLowerCase(), parts[2]?.toLowerCase(), parts[3]];
  if (host === undefined || /[@\\]|:\d*:\d*$/.test(host)) return undefined;
  const withoutPort = host.replace(scheme === "https" ? /:443$/ : /:80$/, "").replace(/:$/, "");
  if (withoutPort === "") return undefined;
  return `${scheme}://${withoutPort}${(path || "/").replace(/%[0-9a-f]{2}/gi, normal)}`;
}

/** An encoding in upper case, or the character itself where it needs none. */
function normal(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase();
}
