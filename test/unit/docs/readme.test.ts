import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../../src/http/codes.ts";
import { gatewaySettings } from "../../../workers/gateway/settings.ts";
import { webhookSettings } from "../../../workers/webhooks/config.ts";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

/** The first cells, in code font, of the table under a heading. */
function namesUnder(heading: string): string[] {
  const section = readme.split(`${heading}\n`)[1]?.split(/\n##+ /)[0] ?? "";
  return [...section.matchAll(/^\| `([A-Za-z_]+)` \|/gm)].map((match) => match[1] ?? "");
}

describe("README", () => {
  it("lists every error code with its status and title, and no other", () => {
    expect(namesUnder("## Error codes")).toEqual(Object.keys(ERROR_CODES));
    for (const [code, { status, title }] of Object.entries(ERROR_CODES)) {
      expect(readme).toContain(`| \`${code}\` | ${status} | ${title} |`);
    }
  });

  it("lists every setting of the gateway, and no other", () => {
    expect(namesUnder("### Gateway").toSorted()).toEqual(Object.keys(gatewaySettings).toSorted());
  });

  it("lists every setting of the webhook Worker, and no other", () => {
    expect(namesUnder("### Webhook Worker").toSorted()).toEqual(Object.keys(webhookSettings).toSorted());
  });
});
