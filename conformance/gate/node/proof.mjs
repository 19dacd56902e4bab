// Prints a proof of possession (RFC 9449): node proof.mjs KEY_FILE METHOD URL [TOKEN]. The key is made where the file is not yet.
import crypto from "node:crypto";
import fs from "node:fs";

const [file, htm, htu, token] = process.argv.slice(2);
if (!fs.existsSync(file)) {
  const { privateKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
  fs.writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
}
const key = crypto.createPrivateKey(fs.readFileSync(file));
const { kty, crv, x, y } = crypto.createPublicKey(key).export({ format: "jwk" });
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = { jti: crypto.randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000) };
if (token) claims.ath = crypto.createHash("sha256").update(token).digest("base64url");
const signed = `${encoded({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } })}.${encoded(claims)}`;
const signature = crypto.sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
console.log(`${signed}.${signature.toString("base64url")}`);
