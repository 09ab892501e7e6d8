import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Alerts, startAlerts } from "../../../../workers/local/alerts/start.ts";

describe("the alerts sink", () => {
  let alerts: Alerts;
  beforeEach(async () => {
    alerts = await startAlerts({ port: 0 });
  });
  afterEach(() => alerts.close());

  const post = async (body: string): Promise<number> =>
    (await fetch(alerts.url, { method: "POST", body })).status;
  const list = async (): Promise<unknown> =>
    (await fetch(alerts.url, { headers: { Accept: "application/json" } })).json();

  it("keeps what is posted, newest first, with the time it came", async () => {
    expect(await list()).toEqual([]);
    expect(await post('{"n":1}')).toBe(204);
    expect(await post('{"n":2}')).toBe(204);
    const receivedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    expect(await list()).toEqual([
      { receivedAt, body: { n: 2 } },
      { receivedAt, body: { n: 1 } },
    ]);
  });

  it("refuses what is not JSON", async () => {
    expect(await post("hello")).toBe(400);
    expect(await post("")).toBe(400);
    expect(await list()).toEqual([]);
  });

  it("shows a page to a browser, with alerts as text", async () => {
    await post('{"message":"<script>alert(1)</script>","nested":{"a":[1]}}');
    await post('"just text"');
    const Accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    const response = await fetch(alerts.url, { headers: { Accept } });
    expect(response.headers.get("Content-Type")).toMatch(/^text\/html/);
    const page = await response.text();
    expect(page).toContain("2 alerts");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).toContain("just text");
    expect(page).not.toContain("<script");
  });

  it("forgets on DELETE", async () => {
    await post("{}");
    expect((await fetch(alerts.url, { method: "DELETE" })).status).toBe(204);
    expect(await list()).toEqual([]);
  });

  it("leaves Node's error as it is when the port is taken", async () => {
    await expect(startAlerts({ port: Number(new URL(alerts.url).port) })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });
});
