/** The page a customer uses: rendered here, made lively by a few lines of script, without a byte from anywhere else. */
import { html, raw } from "hono/html";
import type { Account } from "./ledger.ts";
import { pageScript, pageStyle } from "./page-assets.ts";

type Markup = ReturnType<typeof html>;

export type PageContent =
  | { readonly region: string; readonly account: Account; readonly idPrefix: string }
  | { readonly region: string; readonly unavailable: string };

export const money = (minor: number): string =>
  (minor / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function payments(account: Account): Markup {
  return html`<ul data-testid="recent">
    ${account.recent.map(
      (entry) =>
        html`<li data-id="${entry.id}" class="${entry.direction}">
          <span class="who"
            >${entry.direction === "in" ? "From" : "To"} account ${entry.counterparty}<small>${entry.id}</small></span
          >
          <span class="sum">${entry.direction === "in" ? "+" : "−"}${money(entry.amountMinor)}</span>
        </li>`,
    )}
  </ul>`;
}

function body(content: PageContent): Markup {
  if ("unavailable" in content)
    return html`<section class="card">
      <h1>Sorry</h1>
      <p data-testid="unavailable">${content.unavailable} Please try again shortly.</p>
    </section>`;
  const { account, idPrefix } = content;
  return html`<section class="card balance">
      <p>Account ${account.id}</p>
      <h1>$<span data-testid="balance">${money(account.balanceMinor)}</span></h1>
      <p class="hint">Available balance</p>
    </section>
    <section class="card">
      <h2>Make a payment</h2>
      <form id="payment" data-account="${account.id}" data-id-prefix="${idPrefix}">
        <label
          >To account
          <input
            id="to"
            name="to"
            type="number"
            min="1"
            max="1000"
            required
            value="${account.id === 1000 ? 1 : account.id + 1}"
        /></label>
        <label
          >Amount (USD) <input id="amount" name="amount" type="number" min="0.01" step="0.01" required value="25.00"
        /></label>
        <button data-testid="pay" type="submit">Pay</button>
      </form>
      <p data-testid="result" id="result" role="status" hidden></p>
    </section>
    <section class="card">
      <h2>Recent payments</h2>
      ${payments(account)}
    </section>`;
}

export function page(content: PageContent): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Halyard Payments</title>
        <link rel="icon" href="data:," />
        <style>
          ${raw(pageStyle)}
        </style>
      </head>
      <body>
        <header>
          <strong>Halyard</strong> Payments <span class="region" data-testid="region">${content.region}</span>
        </header>
        <main>${body(content)}</main>
        ${
          "account" in content
            ? html`<script>
                ${raw(pageScript)};
              </script>`
            : ""
        }
      </body>
    </html>`;
}
