import type { World } from "./harness.ts";

/** One form of a page: where it goes and what it carries. */
export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Page {
  readonly status: number;
  readonly text: string;
  readonly forms: readonly Form[];
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly headers: Headers;
  /** Where a redirect that left the stand-in went. */
  readonly leftTo: URL | undefined;
}

/** Opens a page of the stand-in as a browser without scripts would, following its own redirects only. */
export async function open(world: World, path: string): Promise<Page> {
  return follow(
    world,
    await fetch(here(world, path), { redirect: "manual", headers: { accept: "text/html" } }),
  );
}

/** Fills in and submits the form with this action. */
export async function submit(
  world: World,
  page: Page,
  action: string,
  typed: Record<string, string> = {},
): Promise<Page> {
  const form = page.forms.find((one) => one.action === action);
  if (form === undefined) {
    throw new Error(`no form ${action} on: ${page.text}`);
  }
  const body = new URLSearchParams({ ...form.fields, ...typed });
  return follow(world, await fetch(here(world, action), { method: "POST", redirect: "manual", body }));
}

/** Follows the link with this text. */
export function click(world: World, page: Page, text: string): Promise<Page> {
  const link = page.links.find((one) => one.text.includes(text));
  if (link === undefined) {
    throw new Error(`no link ${text} on: ${page.text}`);
  }
  return open(world, link.href);
}

async function follow(world: World, response: Response): Promise<Page> {
  const location = response.headers.get("location");
  if (response.status === 303 && location !== null) {
    const target = new URL(location, world.standIn.url);
    if (target.origin === world.standIn.url) {
      return open(world, location);
    }
    return { status: 303, text: "", forms: [], links: [], headers: response.headers, leftTo: target };
  }
  const markup = await response.text();
  return {
    status: response.status,
    text: textOf(markup),
    forms: formsOf(markup),
    links: linksOf(markup),
    headers: response.headers,
    leftTo: undefined,
  };
}

function here({ standIn }: World, path: string): string {
  const { pathname, search } = new URL(path, standIn.url);
  return `${standIn.url}${pathname}${search}`;
}

function formsOf(markup: string): Form[] {
  return [...markup.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)]
    .filter(([, attributes = ""]) => attribute(attributes, "method") === "post")
    .map(([, attributes = "", inner = ""]) => ({
      action: attribute(attributes, "action"),
      fields: Object.fromEntries([...inputsOf(inner), ...textareasOf(inner), ...selectsOf(inner)]),
    }));
}

function inputsOf(markup: string): [string, string][] {
  return [...markup.matchAll(/<input\b[^>]*>/g)]
    .map(([input]) => input)
    .filter((input) => attribute(input, "type") !== "checkbox" || /\schecked\b/.test(input))
    .map((input) => [attribute(input, "name"), attribute(input, "value")]);
}

function textareasOf(markup: string): [string, string][] {
  return [...markup.matchAll(/(<textarea\b[^>]*>)(.*?)<\/textarea/gs)].map(([, tag = "", text = ""]) => [
    attribute(tag, "name"),
    unescaped(text),
  ]);
}

function selectsOf(markup: string): [string, string][] {
  return [...markup.matchAll(/(<select\b[^>]*>)(.*?)<\/select/gs)].map(([, tag = "", options = ""]) => [
    attribute(tag, "name"),
    attribute(/<option\b[^>]*\sselected\b[^>]*>/.exec(options)?.[0] ?? "", "value"),
  ]);
}

function linksOf(markup: string): Page["links"] {
  return [...markup.matchAll(/<a\b[^>]*>(.*?)<\/a\s*>/gs)].map(([whole, inner = ""]) => ({
    href: attribute(whole, "href"),
    text: textOf(inner),
  }));
}

function attribute(tag: string, name: string): string {
  return unescaped(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
}

function textOf(markup: string): string {
  return unescaped(
    markup
      .replaceAll(/<(?:head|svg)\b.*?<\/(?:head|svg)>/gs, "")
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
}

function unescaped(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
