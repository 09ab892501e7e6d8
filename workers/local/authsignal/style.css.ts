/** The one design of all pages: a narrow card for the challenged person, a wide page for the analyst. */
export const STYLE_CSS = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --surface: #fff; --raised: #eef0f4; --line: #d9dee5; --field: #8791a0;
  --text: #151a21; --muted: #566070; --accent: #2b49c8; --on-accent: #fff; --accent-soft: #e9edfc;
  --good: #10683f; --good-soft: #e1f4ea; --bad: #ab1f2b; --bad-soft: #fdebec;
  --wait: #7d4d00; --wait-soft: #fdf2dc; --shadow: 0 1px 2px rgb(20 30 50 / .06), 0 8px 24px rgb(20 30 50 / .06);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1115; --surface: #161a20; --raised: #1f252d; --line: #2c343e; --field: #76818f;
    --text: #e9ecf1; --muted: #a0abb9; --accent: #9db1ff; --on-accent: #0d1433; --accent-soft: #1e2747;
    --good: #7fd6a8; --good-soft: #12301f; --bad: #ff9da4; --bad-soft: #3a1519;
    --wait: #f0c270; --wait-soft: #33260c; --shadow: none;
  }
}
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere; }
h1, h2, h3, p, dl, dd, ul, ol { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; }
h2 { font-size: 1.0625rem; line-height: 1.35; }
h3 { font-size: 1rem; }
ul, ol { padding: 0; list-style: none; }
a { color: var(--accent); text-underline-offset: .18em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
code, pre, textarea.json { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .875em; }
.hint, .muted { color: var(--muted); font-size: .9375rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

label, legend { font-weight: 600; }
input:not([type=checkbox]), select, textarea {
  width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: inherit;
  background: var(--surface); border: 1px solid var(--field); border-radius: 8px;
}
input[aria-invalid=true], textarea[aria-invalid=true] { border: 2px solid var(--bad); }
input[type=checkbox] { width: 1.125rem; height: 1.125rem; margin: 0; accent-color: var(--accent); }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: .5rem 1.125rem;
  font: inherit; font-weight: 600; text-decoration: none; color: inherit; background: var(--surface);
  border: 1px solid var(--field); border-radius: 8px; cursor: pointer;
}
button:hover, .button:hover { background: var(--raised); }
.primary, .primary:hover { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.primary:hover { filter: brightness(1.08); }
.danger, .danger:hover { background: var(--bad); border-color: var(--bad); color: var(--surface); }
.quiet { background: none; border-color: transparent; color: var(--muted); }
.small { min-height: 2.25rem; padding: .25rem .75rem; font-size: .9375rem; }

/* The challenge */
.challenge { display: grid; place-items: start center; min-height: 100vh; padding: 1rem; }
.card {
  display: grid; gap: 1.125rem; width: 100%; max-width: 26rem; padding: 1.5rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow);
}
@media (min-width: 40rem) { .challenge { padding-top: 8vh; } .card { padding: 2rem; } }
.card form { display: grid; gap: .625rem; }
.card button, .card .button { width: 100%; }
.brand { display: flex; align-items: center; gap: .5rem; font-weight: 650; font-size: .9375rem; }
.mark { flex: none; fill: var(--accent); }
.mark .tick { fill: none; stroke: var(--on-accent); stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; }
.tag { padding: 0 .5rem; font-size: .8125rem; font-weight: 500; color: var(--muted); background: var(--raised); border-radius: 99px; }
.purpose { padding: .375rem 1rem; background: var(--raised); border-radius: 10px; }
.purpose div { display: flex; justify-content: space-between; gap: 1.5rem; padding: .4375rem 0; }
.purpose div + div { border-top: 1px solid var(--line); }
.purpose dt { color: var(--muted); flex: none; }
.purpose dd { text-align: right; font-weight: 600; }
.problem { padding: .75rem 1rem; color: var(--bad); background: var(--bad-soft); border-radius: 10px; }
.notice { padding: .75rem 1rem; color: var(--good); background: var(--good-soft); border-radius: 10px; }
.choices { display: grid; gap: .625rem; }
.choices a {
  display: grid; padding: .75rem 1rem; color: inherit; text-decoration: none; border: 1px solid var(--field); border-radius: 10px;
}
.choices a:hover { border-color: var(--accent); background: var(--accent-soft); }
.choices span { color: var(--muted); font-size: .9375rem; }
input.code { min-height: 3.25rem; font-size: 1.5rem; letter-spacing: .25em; text-align: center; font-weight: 600; }
.other-way { text-align: center; }
.local-help { padding-top: 1rem; border-top: 1px dashed var(--line); text-align: center; font-size: .875rem; }
.local-help a { color: var(--muted); }
.steps { display: grid; gap: 1.25rem; counter-reset: step; }
.steps li { display: grid; gap: .625rem; }
.qr { width: 12rem; padding: .25rem; background: #fff; border: 1px solid var(--line); border-radius: 10px; margin-inline: auto; }
.qr svg { display: block; width: 100%; height: auto; }
.secret { display: block; padding: .5rem .75rem; text-align: center; background: var(--raised); border-radius: 8px; }

.waiting { color: var(--muted); text-align: center; }
.waiting::before {
  content: ""; display: inline-block; width: .75rem; height: .75rem; margin-right: .5rem; vertical-align: -.0625rem;
  border: 2px solid var(--field); border-top-color: var(--accent); border-radius: 50%; animation: turn 1s linear infinite;
}
@keyframes turn { to { rotate: 1turn; } }
@media (prefers-reduced-motion: reduce) { .waiting::before { animation: none; } }
button:disabled { opacity: .55; cursor: default; }
.methods { border: 1px solid var(--line); border-radius: 10px; }
.methods li { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: .75rem 1rem; }
.methods li + li { border-top: 1px solid var(--line); }
.methods div { display: grid; min-width: 0; }
.methods span { color: var(--muted); font-size: .9375rem; }
.card .small { width: auto; flex: none; }
[hidden] { display: none !important; }

/* In a popup the page around draws the frame */
.popup { display: block; min-height: 0; padding: 0; background: var(--surface); overflow-x: hidden; }
.popup .card { max-width: none; padding: 1.5rem; border: 0; border-radius: 0; box-shadow: none; }

/* The phone */
.phone { display: grid; place-items: start center; min-height: 100vh; padding: 1rem; background: var(--raised); }
.phone .card { min-height: min(46rem, calc(100vh - 2rem)); align-content: start; max-width: 25rem; border-radius: 28px; }
.feed { display: grid; gap: 1rem; }
.request { display: grid; gap: .75rem; padding: 1rem; border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .625rem; }

/* The dashboard */
.top { background: var(--surface); border-bottom: 1px solid var(--line); }
.top > div { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 2rem; max-width: 72rem; margin: 0 auto; padding: .75rem 1rem 0; }
.top nav { width: 100%; overflow-x: auto; }
.top nav ul { display: flex; gap: .25rem; }
.top nav a {
  display: block; padding: .625rem .75rem; color: var(--muted); text-decoration: none; font-weight: 550;
  border-bottom: 3px solid transparent; white-space: nowrap;
}
.top nav a:hover { color: var(--text); }
.top nav a:focus-visible { outline-offset: -3px; }
.top nav a[aria-current=page] { color: var(--text); border-bottom-color: var(--accent); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--surface); z-index: 1; }
.content { display: grid; gap: 1.25rem; max-width: 72rem; margin: 0 auto; padding: 1.75rem 1rem 4rem; }
.intro { display: grid; gap: .25rem; }
.intro p { color: var(--muted); max-width: 60ch; }
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); min-width: 0; }
.panel > header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; padding: 1rem 1.25rem; }
.panel > header p { color: var(--muted); font-size: .9375rem; }
.part { padding: 1rem 1.25rem; border-top: 1px solid var(--line); }
.empty { padding: 3rem 1.5rem; text-align: center; color: var(--muted); }
.empty strong { display: block; color: var(--text); font-size: 1.0625rem; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: .8125rem; font-weight: 600; color: var(--muted); background: var(--raised); }
th:first-child { border-top-left-radius: 11px; } th:last-child { border-top-right-radius: 11px; }
th, td { padding: .625rem 1rem; vertical-align: top; }
td { border-top: 1px solid var(--line); font-size: .9375rem; }
td small { display: block; color: var(--muted); font-size: .8125rem; }
td.time { white-space: nowrap; color: var(--muted); }
.chip { display: inline-block; padding: .0625rem .625rem; border-radius: 99px; font-size: .8125rem; font-weight: 600; white-space: nowrap; color: var(--muted); background: var(--raised); }
.chip.good { color: var(--good); background: var(--good-soft); }
.chip.bad { color: var(--bad); background: var(--bad-soft); }
.chip.wait { color: var(--wait); background: var(--wait-soft); }
.switch input {
  appearance: none; position: relative; width: 2.5rem; height: 1.5rem; border: 1px solid var(--field); border-radius: 99px;
  background: var(--raised); cursor: pointer;
}
.switch input::after {
  content: ""; position: absolute; top: 3px; left: 3px; width: 1rem; height: 1rem; border-radius: 50%; background: var(--field);
}
.switch input:checked { background: var(--accent); border-color: var(--accent); }
.switch input:checked::after { left: auto; right: 3px; background: var(--on-accent); }
.fields { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); align-items: end; }
.field { display: grid; gap: .25rem; }
.label { font-weight: 600; }
.field .label + code { display: flex; align-items: center; min-height: 2.75rem; }
fieldset { margin: 0; padding: 0; border: 0; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; }
fieldset label, .switch { display: inline-flex; align-items: center; gap: .5rem; font-weight: 500; min-height: 1.75rem; }
legend { padding: 0; margin-bottom: .25rem; }
.rule { display: grid; gap: 1rem; }
.rule .title { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; justify-content: space-between; }
.order { color: var(--muted); font-weight: 500; margin-right: .375rem; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
summary { cursor: pointer; color: var(--muted); font-weight: 550; width: fit-content; }
details > :not(summary) { margin-top: .75rem; }
pre { margin: 0; padding: .75rem 1rem; background: var(--raised); border-radius: 8px; overflow-x: auto; white-space: pre-wrap; }
.row { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
.row > div { min-width: 0; }
.big-code { font-size: 1.25rem; font-weight: 650; letter-spacing: .12em; }
.filter { display: flex; gap: .5rem; align-items: end; max-width: 30rem; flex-wrap: wrap; }
.filter .field { flex: 1 1 14rem; }
.narrow { max-width: 34rem; }
.panel > .part:first-child, summary.part { border-top: 0; }
.fields fieldset { grid-column: 1 / -1; }
.row.together { justify-content: flex-start; }
details.panel > :not(summary) { margin-top: 0; }
.facts { display: grid; gap: .5rem 2rem; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); }
.facts dt { color: var(--muted); font-size: .8125rem; }
.facts dd { font-weight: 550; }
@media (max-width: 44rem) {
  table, tbody, tr, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr + tr { border-top: 1px solid var(--line); }
  tr { padding: .75rem 1.25rem; }
  td { display: flex; justify-content: space-between; gap: 1rem; padding: .1875rem 0; border: 0; text-align: right; }
  td::before { content: attr(data-label); color: var(--muted); text-align: left; flex: none; }
}
@media (max-width: 30rem) {
  .top nav a { padding: .5rem .25rem; font-size: .875rem; font-weight: 500; }
  .top nav ul { gap: 0; justify-content: space-between; }
}
@media (min-width: 60rem) {
  .top > div { flex-wrap: nowrap; padding-top: 0; }
  .top nav { width: auto; }
  .top nav a { padding-block: 1rem; }
  .brand { white-space: nowrap; }
}
`;

export const ICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#2b49c8" d="M12 2 4 5v6c0 5 3.4 9.4 8 11 4.6-1.6 8-6 8-11V5z"/><path fill="none" stroke="#fff" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" d="m8 12 3 3 5-6"/></svg>';
