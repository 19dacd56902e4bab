// Which runtime this is. Others have modules and globals of Node's names that behave in ways of their own.

/** Whether this is Node itself. */
export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { [part: string]: string | undefined } } };
  const versions: { [part: string]: string | undefined } = process?.versions ?? {};
  const { node, uv, openssl, bun, deno } = versions;
  return Boolean(node && uv && openssl && !bun && !deno && typeof Buffer !== "undefined");
}
