import { describe, expect, it } from "vitest";
import { escapeHtml, html } from "../../../src/http/html.ts";
import { renderPage } from "../../../src/http/page.ts";
import { fc, test } from "../policy/property.ts";

describe("markup", () => {
  it("escapes texts, keeps markup, joins lists, and leaves out what is not there", () => {
    const items = ["<a>", "b"].map((item) => html`<li>${item}</li>`);
    expect(
      html`<ul id="${'"x"'}">
          ${items}
        </ul>
        ${undefined}${7}`.markup.replaceAll(/\n\s*/g, ""),
    ).toBe('<ul id="&quot;x&quot;"><li>&lt;a&gt;</li><li>b</li></ul>7');
  });

  const hostile = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc
      .array(fc.constantFrom("<", ">", '"', "'", "&", "script", "--", "]]>", "</", "=", "javascript:", "\0"))
      .map((parts) => parts.join("")),
  );
  test("never lets a text become markup", hostile, (text) => {
    const escaped = escapeHtml(text);
    expect(escaped).not.toMatch(/[<>"']/);
    expect(escaped.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
    const back = escaped
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&");
    expect(back).toBe(text);
  });

  it("is whole in a page, whatever its title, address and values are", async () => {
    const evil = `"><script>alert(1)</script>`;
    const page = renderPage({
      title: evil,
      body: html`<p>${evil}</p>`,
      refresh: { seconds: 4, url: `https://x/?${evil}` },
    });
    const markup = await page.text();
    expect(markup).not.toContain("<script>alert");
    expect(markup).not.toContain('"><scr');
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  });
});
