import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import { humanName, methodName } from "../words.ts";
import { dashboardPage, emptyState, moment } from "./layout.ts";

/** The messages that a real tenant would have sent. */
export function inboxPages({ inbox }: Context): Hono {
  const pages = new Hono();
  pages.get("/inbox", (c) => {
    const to = c.req.query("to") ?? "";
    const messages = inbox.messages(to);
    return dashboardPage({
      section: "Inbox",
      intro: "Nobody has a mailbox at example.com, so the codes arrive here. Newest first.",
      isLive: true,
      content: html`<form class="filter" method="get" action="/inbox">
          <div class="field">
            <label for="to">Sent to</label
            ><input id="to" name="to" type="search" value="${to}" placeholder="anyone" />
          </div>
          <button>Show</button>
        </form>
        <div data-live>
          ${
            messages.length === 0
              ? emptyState(
                  "No messages",
                  to === "" ? "Codes appear here as soon as they are sent." : `Nothing was sent to ${to}.`,
                )
              : html`<div class="panel">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">Time</th>
                        <th scope="col">To</th>
                        <th scope="col">For</th>
                        <th scope="col">By</th>
                        <th scope="col">Code</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${messages.map(
                        (message) =>
                          html`<tr>
                            <td class="time" data-label="Time">${moment(message.at)}</td>
                            <td data-label="To">${message.to}</td>
                            <td data-label="For">${humanName(message.actionCode)}</td>
                            <td data-label="By">${methodName(message.channel)}</td>
                            <td data-label="Code">
                              ${
                                message.url === undefined
                                  ? html`<span class="big-code">${message.code}</span>`
                                  : html`<a href="${message.url}">Open the link</a>`
                              }
                            </td>
                          </tr>`,
                      )}
                    </tbody>
                  </table>
                </div>`
          }
        </div>`,
    });
  });
  return pages;
}
