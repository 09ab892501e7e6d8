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
footer { max-width: 26rem; color: var(--faint); font-size: .8125rem; text-align: center; }
@media (max-width: 28rem) { main { padding: 1.5rem; } }
`;
