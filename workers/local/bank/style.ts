/** The bank's style sheet: one column, light and dark by the reader's setting, no fonts or pictures to load. */
export const BANK_CSS = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f3f6f8, #0c1519);
  --card: light-dark(#ffffff, #142127);
  --ink: light-dark(#12232b, #e4eef2);
  --faint: light-dark(#52666f, #93a9b3);
  --line: light-dark(#dbe4e8, #263840);
  --field: light-dark(#7d929b, #5b747f);
  --sea: light-dark(#0b5c73, #5fc3dd);
  --sea-ink: light-dark(#ffffff, #06222b);
  --good: light-dark(#14663f, #74d3a4);
  --good-paper: light-dark(#e6f5ed, #11301f);
  --bad: light-dark(#a62222, #ff9d94);
  --bad-paper: light-dark(#fdecea, #3a1715);
}
*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
a { color: var(--sea); }
:focus-visible { outline: 3px solid var(--sea); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
header { background: #0a3544; color: #eaf5f8; }
header a { color: inherit; }
.bar, nav, main, footer { width: 100%; max-width: 44rem; margin: 0 auto; padding: 0 1rem; }
.bar { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-top: .9rem; padding-bottom: .9rem; }
.brand { display: flex; align-items: center; gap: .6rem; font-weight: 650; font-size: 1.125rem; text-decoration: none; white-space: nowrap; }
.customer { font-size: .875rem; color: #b9d6df; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
nav { display: flex; gap: .25rem; padding: 0 .25rem; overflow-x: auto; }
nav a { padding: .6rem .75rem .7rem; text-decoration: none; color: #b9d6df; border-bottom: 3px solid transparent; }
nav a:hover { color: #fff; }
nav a[aria-current] { color: #fff; border-color: #5fc3dd; }
nav a:focus-visible, .brand:focus-visible { outline-color: #5fc3dd; outline-offset: -3px; }
main { flex: 1; padding-top: 1.5rem; padding-bottom: 2.5rem; }
footer { padding-top: 1rem; padding-bottom: 1.5rem; color: var(--faint); font-size: .8125rem; }
h1 { margin: 0 0 1rem; font-size: 1.625rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 .75rem; font-size: 1.0625rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.25rem; margin: 0 0 1rem; }
.card > :last-child { margin-bottom: 0; }
.message { max-width: 32rem; margin: 2rem auto; }
.balance h2 { margin: 0; font-size: .9375rem; font-weight: 500; color: var(--faint); }
.amount { margin: .1rem 0 0; font-size: clamp(2rem, 9vw, 2.75rem); font-weight: 650; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.hint, small { color: var(--faint); font-size: .875rem; }
.hint { margin: 0; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.25rem 0 0; }
.button {
  display: inline-block; border: 1px solid transparent; border-radius: 10px; padding: .65rem 1.15rem; cursor: pointer;
  background: var(--sea); color: var(--sea-ink); font: inherit; font-weight: 600; text-decoration: none; text-align: center;
}
.button:hover { filter: brightness(1.08); }
.quiet { background: transparent; color: var(--sea); border-color: var(--field); }
.small { padding: .35rem .9rem; font-size: .9375rem; }
.lines { list-style: none; margin: 0; padding: 0; }
.lines li { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: .75rem 0; border-top: 1px solid var(--line); }
.lines li:first-child { border-top: 0; padding-top: 0; }
.lines li:last-child { padding-bottom: 0; }
.lines li > :first-child { min-width: 0; overflow-wrap: anywhere; }
.lines small { display: block; }
.lines a:not(.button) { font-weight: 650; }
.sum { font-variant-numeric: tabular-nums; white-space: nowrap; }
.in { color: var(--good); }
.field { margin: 0 0 1.25rem; }
label { display: block; font-weight: 600; }
.error { margin: .1rem 0 0; color: var(--bad); font-weight: 600; font-size: .9375rem; }
.input { display: flex; align-items: center; margin-top: .4rem; border: 1px solid var(--field); border-radius: 10px; background: var(--paper); }
.input span { padding-left: .9rem; color: var(--faint); }
.input:focus-within { outline: 3px solid var(--sea); outline-offset: 1px; }
.input:has([aria-invalid]) { border-color: var(--bad); }
input { flex: 1; min-width: 0; border: 0; border-radius: 10px; padding: .7rem .9rem; background: none; color: inherit; font: inherit; }
input:focus-visible { outline: none; }
.notice { border-radius: 10px; padding: .8rem 1rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.good { background: var(--good-paper); color: var(--good); }
.bad { background: var(--bad-paper); color: var(--bad); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .5rem 1.5rem; margin: 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font-size: .875rem; }
@media (max-width: 30rem) {
  form .button[type="submit"], .balance .actions .button { flex: 1; width: 100%; }
  .balance .actions .button { width: auto; }
}
`;

/** The bank's mark: a lighthouse over water. */
export const HARBOUR_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="8" fill="#0f6f8a"/>
<path d="M14 8h4l2 14h-8z" fill="#fff"/><path d="M13.2 13.5h5.6l.4 3h-6.4z" fill="#e4572e"/>
<path d="M13 8h6l-3-3.5z" fill="#e4572e"/>
<path d="M4 24q3-2.4 6 0t6 0 6 0 6 0v3q-3 2.4-6 0t-6 0-6 0-6 0z" fill="#8fdcf0"/>
</svg>`;
