import { generateKeyPairSync, randomBytes } from "node:crypto";

/** `npm run secrets`: fresh values for the secrets that are the gateway's own. Nothing is stored. */
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
console.log(`SESSION_SECRET=${randomBytes(32).toString("hex")}`);
console.log(`ASSERTION_KEY=${JSON.stringify(privateKey.export({ format: "jwk" }))}`);
