/** Submits the form that brings a completed step-up back to its page. */
export const CONTINUE_SCRIPT = `document.getElementById("continue")?.requestSubmit();\n`;

/** The one style sheet of Sallyport's pages: readable, quiet, light and dark, phone and desktop. */
export const STYLE_SHEET = `:root {
  color-scheme: light dark;
  --paper: light-dark(#f4f3ef, #14171a);
  --card: light-dark(#ffffff, #1d2226);
  --ink: light-dark(#1b2226, #e9ecee);
  --soft: light-dark(#5a656c, #a3adb4);
  --line: light-dark(#dcdad2, #333b41);
  --accent: light-dark(#0b5c55, #6fd3c4);
  --on-accent: light-dark(#ffffff, #06231f);
  --warn: light-dark(#8a3b12, #f2b48c);
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.25rem;
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main {
  width: 100%; max-width: 30rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: clamp(1.5rem, 5vw, 2.5rem); box-shadow: 0 1px 2px rgb(0 0 0 / .05), 0 12px 32px rgb(0 0 0 / .07);
}
.door { width: 2.5rem; height: 2.5rem; border-radius: 8px 8px 2px 2px; border: 3px solid var(--accent); position: relative; margin-bottom: 1.25rem; }
.door::after { content: ""; position: absolute; inset: 3px 3px 0 45%; background: var(--accent); border-radius: 4px 4px 0 0; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; letter-spacing: -.01em; text-wrap: balance; }
p { margin: 0 0 1rem; }
.soft { color: var(--soft); font-size: .9375rem; }
.warn { color: var(--warn); }
dl { margin: 1.25rem 0; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .75rem 1rem; }
dl div + div { border-top: 1px solid var(--line); }
dt { color: var(--soft); flex: none; }
dd { margin: 0; font-weight: 600; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.actions { display: flex; flex-direction: column; gap: .75rem; margin-top: 1.5rem; }
.actions form { margin: 0; }
a { color: var(--accent); text-underline-offset: .2em; }
.button, button {
  display: block; width: 100%; padding: .8125rem 1rem; border-radius: 10px; border: 1px solid transparent;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; text-align: center;
  text-decoration: none; cursor: pointer;
}
.button.quiet, button.quiet { background: none; color: var(--ink); border-color: var(--line); }
.button:hover, button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
code { font-size: .875em; overflow-wrap: anywhere; }
`;
