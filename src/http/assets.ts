/** Submits the form that brings a completed step-up back to its page. */
export const CONTINUE_SCRIPT = `document.getElementById("continue")?.requestSubmit();\n`;

/**
 * Goes back to the page of the app that was left for a challenge, as the browser helper noted it (src/client/parked.ts):
 * a page of this origin, of the challenge that this page is about, and none of Sallyport's own.
 */
export const BACK_SCRIPT = `const { page, challenge } = JSON.parse(sessionStorage.getItem("sallyport") ?? "{}");
const url = new URL(page ?? "", location);
if (challenge && location.pathname.endsWith(challenge.id) && url.origin === location.origin && !url.pathname.startsWith("/.sallyport/")) {
  location.replace(url);
}
`;

/** The one style sheet of Sallyport's pages: readable, quiet, light and dark, phone and desktop. */
export const STYLE_SHEET = `:root {
  color-scheme: light dark;
  --paper: light-dark(#f1f3f2, #101416);
  --card: light-dark(#ffffff, #1a2023);
  --inset: light-dark(#f6f8f7, #151a1d);
  --ink: light-dark(#18211f, #e8edec);
  --soft: light-dark(#55625f, #a1aeab);
  --line: light-dark(#dce2e0, #2f393c);
  --edge: light-dark(#aeb9b6, #56656a);
  --accent: light-dark(#0b5c55, #74d5c7);
  --on-accent: light-dark(#ffffff, #06231f);
  --good: light-dark(#14663f, #7fd8a8);
  --care: light-dark(#8a4b08, #f0b878);
  --stop: light-dark(#a2262b, #f59f9a);
}
*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; padding: 1.25rem;
  display: flex; flex-direction: column; align-items: center;
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
body::before { content: ""; flex: 1 0 0; }
main {
  width: 100%; max-width: 29rem; padding: clamp(1.5rem, 6vw, 2.5rem);
  background: var(--card); border: 1px solid var(--line); border-radius: 16px;
  box-shadow: 0 1px 2px rgb(0 0 0 / .04), 0 16px 40px rgb(0 0 0 / .06);
}
footer { flex: 1.4 0 auto; padding-top: 1.25rem; color: var(--soft); font-size: .8125rem; }
.mark {
  --tone: var(--accent);
  display: block; width: 3rem; height: 3rem; padding: .625rem; margin: 0 0 1.25rem; border-radius: 12px;
  background: color-mix(in srgb, var(--tone) 12%, var(--card));
  fill: none; stroke: var(--tone); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round;
}
.mark .solid { fill: var(--tone); }
.mark.good { --tone: var(--good); border-radius: 50%; }
.mark.still { --tone: var(--soft); border-radius: 50%; }
.mark.care { --tone: var(--care); border-radius: 50%; }
.mark.stop { --tone: var(--stop); border-radius: 50%; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere; }
p { margin: 0 0 1rem; text-wrap: pretty; }
main > :last-child, .actions > :last-child { margin-bottom: 0; }
.soft { color: var(--soft); font-size: .9375rem; }
.actions + .soft { margin-top: 1.25rem; }
.warn { color: var(--care); font-weight: 600; }
dl { margin: 1.25rem 0; border: 1px solid var(--line); border-radius: 12px; background: var(--inset); }
dl div { display: flex; justify-content: space-between; align-items: baseline; gap: 1.5rem; padding: .75rem 1rem; }
dl div + div { border-top: 1px solid var(--line); }
dt { flex: none; color: var(--soft); font-size: .9375rem; }
dd { margin: 0; min-width: 0; font-weight: 600; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
dl div:first-child dd { font-size: 1.25rem; line-height: 1.3; letter-spacing: -.01em; }
.actions { display: flex; flex-direction: column; gap: .75rem; margin-top: 1.5rem; }
.actions form { margin: 0; }
a { color: var(--accent); text-underline-offset: .2em; }
.button, button {
  display: block; width: 100%; min-height: 3rem; padding: .75rem 1rem; border: 1px solid transparent; border-radius: 12px;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; line-height: 1.4; text-align: center;
  text-decoration: none; cursor: pointer;
}
.button.quiet, button.quiet { background: none; color: var(--ink); border-color: var(--edge); }
.button:hover, button:hover { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
.button.quiet:hover, button.quiet:hover { background: var(--inset); border-color: var(--soft); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
code { font-size: .875em; overflow-wrap: anywhere; }
.sessions { margin: 1.25rem 0; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: 12px; background: var(--inset); }
.sessions li { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .875rem 1rem; }
.sessions li + li { border-top: 1px solid var(--line); }
.sessions li > div { min-width: 0; overflow-wrap: anywhere; }
.sessions p { margin: 0; line-height: 1.4; }
.sessions time { white-space: nowrap; }
.sessions form { flex: none; margin: 0; }
.badge {
  display: inline-block; padding: .0625rem .5rem; border-radius: 999px; font-size: .8125rem; font-weight: 600;
  background: color-mix(in srgb, var(--good) 14%, var(--card)); color: var(--good); white-space: nowrap;
}
.button.small, button.small { flex: none; width: auto; min-height: 2.75rem; padding: .375rem 1rem; font-size: .9375rem; line-height: 1.875rem; }
@media (max-width: 26rem) {
  body { padding: .75rem; }
  body::before { flex: 0 0 1.5rem; }
}
`;
