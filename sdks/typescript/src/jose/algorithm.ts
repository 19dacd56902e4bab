// The signature algorithms, by their names in JOSE. All of them are asymmetric: there is no `none` and no HMAC to be tricked
// into.

/** A JSON Web Key (RFC 7517), as far as it is looked at. */
export interface Jwk {
  kty?: string;
  kid?: string;
  alg?: string;
  use?: string;
  key_ops?: readonly string[];
  crv?: string;
  x?: string;
  y?: string;
  n?: string;
  e?: string;
  d?: string;
  [member: string]: unknown;
}

/** The name of an algorithm in a JOSE header. */
export type Algorithm = "RS256" | "PS256" | "ES256" | "EdDSA";

/** How an algorithm is spelled in WebCrypto and in Node, and which keys it takes. */
export interface Recipe {
  readonly kty: string;
  readonly crv?: string;
  readonly key: { name: string; hash?: string; namedCurve?: string };
  readonly signature: { name: string; hash?: string; saltLength?: number };
  /** The digest and the options of Node's `verify`; and how long a signature is, where that is always the same. */
  readonly node: { digest: string | null; options?: { [name: string]: string | number }; length?: number };
}

/** All of them. */
export const ALGORITHMS: { readonly [alg in Algorithm]: Recipe } = {
  RS256: {
    kty: "RSA",
    key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    signature: { name: "RSASSA-PKCS1-v1_5" },
    node: { digest: "sha256" },
  },
  PS256: {
    kty: "RSA",
    key: { name: "RSA-PSS", hash: "SHA-256" },
    signature: { name: "RSA-PSS", saltLength: 32 },
    // 6 is RSA_PKCS1_PSS_PADDING.
    node: { digest: "sha256", options: { padding: 6, saltLength: 32 } },
  },
  ES256: {
    kty: "EC",
    crv: "P-256",
    key: { name: "ECDSA", namedCurve: "P-256" },
    signature: { name: "ECDSA", hash: "SHA-256" },
    node: { digest: "sha256", options: { dsaEncoding: "ieee-p1363" }, length: 64 },
  },
  EdDSA: {
    kty: "OKP",
    crv: "Ed25519",
    key: { name: "Ed25519" },
    signature: { name: "Ed25519" },
    node: { digest: null, length: 64 },
  },
};

/** Whether a text names one of them. */
export function isAlgorithm(text: string): text is Algorithm {
  return Object.hasOwn(ALGORITHMS, text);
}

/** The algorithms that a key can be used with: its own `alg`, else all of its type. */
export function algorithmsOf(jwk: Jwk): Algorithm[] {
  const fitting = (Object.keys(ALGORITHMS) as Algorithm[]).filter((alg) => {
    const recipe = ALGORITHMS[alg];
    return recipe.kty === jwk.kty && (recipe.crv === undefined || recipe.crv === jwk.crv);
  });
  return jwk.alg === undefined ? fitting : fitting.filter((alg) => alg === jwk.alg);
}
