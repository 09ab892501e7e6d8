/** The look of managed login: a card in the middle, light and dark by the reader's setting. */
export const MANAGED_LOGIN_CSS = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#eef1f6, #0d1017); --card: light-dark(#ffffff, #171c26); --ink: light-dark(#10151f, #e8ecf3);
  --faint: light-dark(#535d6e, #98a2b3); --line: light-dark(#d7dde7, #2a3240); --field: light-dark(#7b8698, #5c677a);
  --mark: light-dark(#0a4fc4, #8ab4ff); --mark-ink: light-dark(#ffffff, #081a38);
  --bad: light-dark(#a3141b, #ffa19b); --bad-paper: light-dark(#fdeceb, #3b1618);
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; padding: 1rem; gap: 1.25rem;
  display: flex; flex-direction: column; align-items: center; justify-content: center;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main {
  width: 100%; max-width: 26rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 16px; box-shadow: 0 12px 32px rgb(16 21 31 / 8%);
}
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; }
.lead { margin: .35rem 0 1.5rem; color: var(--faint); }
.error { margin: 0 0 1.25rem; padding: .75rem 1rem; border-radius: 8px; background: var(--bad-paper); color: var(--bad); font-weight: 600; }
.code { margin: 0; color: var(--faint); font-size: .875rem; }
label { display: block; margin: 0 0 .35rem; font-weight: 600; }
input {
  width: 100%; margin: 0 0 1.25rem; padding: .7rem .85rem; border: 1px solid var(--field); border-radius: 8px;
  background: var(--card); color: inherit; font: inherit;
}
input[aria-invalid] { border-color: var(--bad); }
button {
  width: 100%; padding: .75rem; border: 0; border-radius: 999px; cursor: pointer;
  background: var(--mark); color: var(--mark-ink); font: inherit; font-weight: 650;
}
button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
a { color: var(--mark); }
.links { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem 1rem; margin: 1.25rem 0 0; font-size: .9375rem; }
.hint { margin: 0 0 .5rem; color: var(--faint); font-size: .875rem; }
.providers { display: grid; gap: .5rem; }
.button {
  display: block; padding: .7rem; border: 1px solid var(--field); border-radius: 999px;
  color: inherit; font-weight: 600; text-align: center; text-decoration: none;
}
.or { margin: 1rem 0; color: var(--faint); text-align: center; }
.wide { justify-content: flex-start; }
dl + .hint { margin-top: .75rem; }
.wide main { max-width: 46rem; }
.wide h2 { margin: 1.75rem 0 .5rem; font-size: 1.125rem; }
.wide form { margin: .75rem 0; }
.wide button { width: auto; padding: .5rem 1.1rem; font-size: .9375rem; }
.wide code { overflow-wrap: anywhere; }
.row { display: flex; flex-wrap: wrap; align-items: end; gap: .75rem; }
.row label { margin: 0; font-size: .875rem; }
.row input, .row select {
  display: block; width: 9rem; margin: .25rem 0 0; padding: .5rem; border: 1px solid var(--field); border-radius: 8px;
  background: var(--card); color: inherit; font: inherit;
}
.done { margin: 0 0 1rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 8px; font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(0, max-content) 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--faint); overflow-wrap: anywhere; }
dd { margin: 0; }
.kids { padding-left: 1.25rem; font-size: .8125rem; }
.messages { margin: 1rem 0 0; padding: 0; list-style: none; }
.messages li { padding: 1rem 0; border-top: 1px solid var(--line); }
.messages h2 { margin: 0; font-size: 1rem; }
.text { margin: .5rem 0 0; overflow-wrap: anywhere; }
footer { max-width: 26rem; color: var(--faint); font-size: .8125rem; text-align: center; }
@media (max-width: 28rem) { main { padding: 1.5rem; } }
`;
