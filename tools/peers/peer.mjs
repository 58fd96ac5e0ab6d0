// The other side of test/peers: the SDKs of the PathCheck Foundation read what Naru
// issued, and sign what Naru is to read. One JSON object comes in, one goes out.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

console.log = console.warn = console.error; // the answer alone goes to the standard output
const require = createRequire(import.meta.url);
const dcc = require("@pathcheck/dcc-sdk");
const shc = require("@pathcheck/shc-sdk");

const asked = JSON.parse(readFileSync(0, "utf8"));
const answer = { hc1: [], shc: [] };

dcc.addCachedCerts({ [asked.kid]: asked.certificate });
for (const text of asked.hc1) {
  const { status, contents } = await dcc.unpackAndVerify(text);
  const said = status === "verified" ? await dcc.parseCWT(contents) : {};
  answer.hc1.push({ status, name: said.nam?.fn + said.nam?.gn });
}
for (const text of asked.shc) {
  const read = await shc.unpackAndVerify(text); // it fetches the keys from the issuer
  answer.shc.push({ status: read ? "verified" : "refused", name: read?.credential.vc.credentialSubject.fhirBundle.entry[0].resource.name[0].family ?? "" });
}
const pem = (kind, text) => `-----BEGIN ${kind}-----\n${text}\n-----END ${kind}-----`;
const cwt = await dcc.makeCWT(asked.dcc, 3, "KR");
answer.signed_hc1 = await dcc.signAndPack(cwt, pem("CERTIFICATE", asked.certificate), pem("PRIVATE KEY", asked.private));
answer.signed_shc = await shc.signAndPack(await shc.makeJWT(asked.vc, asked.issuer, new Date(asked.now)), asked.jwk);
process.stdout.write(JSON.stringify(answer));
process.exit(0);
