/** One form of a page: where it goes and what it carries. */
export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The forms that are posted. */
export function formsOf(markup: string): Form[] {
  return [...markup.matchAll(/<form\b([^>]*)>(.*?)<\/form\s*>/gs)]
    .filter(([, attributes = ""]) => attributeOf(attributes, "method") === "post")
    .map(([, attributes = "", inner = ""]) => ({
      action: attributeOf(attributes, "action"),
      fields: Object.fromEntries(
        [...inner.matchAll(/<input\b[^>]*>/gs)].map(([input]) => [
          attributeOf(input, "name"),
          attributeOf(input, "value"),
        ]),
      ),
    }));
}

/** Where a page goes on to by itself, if anywhere. */
export function refreshOf(markup: string): string | undefined {
  const refresh = /<meta http-equiv="refresh"[^>]*>/.exec(markup)?.[0];
  return refresh === undefined ? undefined : /url=(.*)$/.exec(attributeOf(refresh, "content"))?.[1];
}

/** What a person reads on a page. */
export function textOf(markup: string): string {
  return unescaped(
    markup
      .replaceAll(/<(?:head|script|style)\b.*?<\/(?:head|script|style)>/gs, "")
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
}

function attributeOf(tag: string, name: string): string {
  return unescaped(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
}

function unescaped(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
