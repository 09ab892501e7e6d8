/** Keeps what is marked with `data-live` fresh, while the page is looked at. */
export const LIVE_SCRIPT = `
const REFRESH_MS = 2000;
async function refresh() {
  const region = document.querySelector("[data-live]");
  if (region && !document.hidden && !region.contains(document.activeElement) && !region.querySelector("details[open]")) {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
      if (fresh && fresh.innerHTML !== region.innerHTML) region.replaceChildren(...fresh.childNodes);
    } catch {}
  }
  setTimeout(refresh, REFRESH_MS);
}
setTimeout(refresh, REFRESH_MS);
`;
