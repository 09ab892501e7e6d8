import type { Popup } from "./visit.ts";

/** Who the page is for and how it is shown; every link and form hands both on. */
export interface Bearer {
  readonly token: string;
  readonly popup: Popup;
}

/** The address of a page of the UI. The token is the credential; A popup stays a popup. */
export function uiHref(
  path: `/challenge${string}`,
  { token, popup }: Bearer,
  more: Readonly<Record<string, string | undefined>> = {},
): string {
  const query = new URLSearchParams({ token });
  if (popup !== undefined) {
    query.set("mode", "popup");
  }
  for (const [name, value] of Object.entries(more)) {
    if (value !== undefined) {
      query.set(name, value);
    }
  }
  return `${path}?${query.toString()}`;
}
