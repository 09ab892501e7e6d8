import type { Accent } from "./theme.ts";

/** How the sign-in pages look, beside what all pages of Sallyport have. */
export interface Look {
  /** The app's name, in the title. */
  readonly name: string | undefined;
  /** A path of the app's own origin, which must be public. */
  readonly logo: string | undefined;
  readonly accent: Accent | undefined;
}

const FORM_STYLE = `h1 { margin-bottom: 1.25rem; }
.field { margin: 0 0 1.125rem; }
label { display: block; margin: 0 0 .375rem; font-weight: 600; }
input {
  display: block; width: 100%; min-height: 3rem; padding: .625rem .875rem; border: 1px solid var(--edge); border-radius: 12px;
  background: var(--inset); color: var(--ink); font: inherit;
}
input:focus { outline: 3px solid var(--accent); outline-offset: 1px; border-color: transparent; }
input[aria-invalid] { border-color: var(--stop); }
.alert {
  margin: 0 0 1.25rem; padding: .875rem 1rem; border-radius: 12px; border: 1px solid var(--stop);
  border-left-width: 5px; background: var(--inset);
}
.alert p { margin: 0; }
.alert p + p { margin-top: .375rem; color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere; }
.logo { display: block; max-width: 60%; max-height: 3rem; margin: 0 0 1.25rem; }
.languages { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1.5rem 0 0; padding: 0; list-style: none; font-size: .9375rem; }
.languages a, .languages span { display: inline-block; padding: .25rem 0; }
`;

/** The style sheet of the sign-in pages: the form's parts, and the colours of the configuration. */
export function styleOf({ accent }: Look): string {
  return accent === undefined
    ? FORM_STYLE
    : `${FORM_STYLE}:root {
  --accent: light-dark(${accent.light}, ${accent.dark});
  --on-accent: light-dark(${accent.onLight}, ${accent.onDark});
}
`;
}
