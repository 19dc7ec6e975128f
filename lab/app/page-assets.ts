/** Style and script of the page (page.ts). The script is the customer's half of the contract: it must know what it does not know. */
export const pageStyle = `
:root { --ink: #14213d; --soft: #5c677d; --line: #e3e8ef; --accent: #0b6e4f; --bad: #b42318; --odd: #9a6700; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: #f5f7fa; }
header { background: var(--ink); color: #fff; padding: 14px 24px; display: flex; gap: 6px; align-items: center; }
.region { margin-left: auto; font-size: 13px; border: 1px solid #ffffff55; border-radius: 99px; padding: 2px 12px; }
main { max-width: 560px; margin: 28px auto; padding: 0 16px; display: grid; gap: 16px; }
.card { background: #fff; border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px; }
h1 { margin: 0; font-size: 34px; font-variant-numeric: tabular-nums; } h2 { margin: 0 0 12px; font-size: 17px; }
.card p { margin: 0; } .balance p, .hint { color: var(--soft); font-size: 14px; }
form { display: grid; grid-template-columns: 1fr 1fr auto; gap: 12px; align-items: end; }
label { font-size: 13px; color: var(--soft); display: grid; gap: 4px; }
input { font: inherit; padding: 8px 10px; border: 1px solid #c5cdd8; border-radius: 8px; width: 100%; color: var(--ink); }
button { font: inherit; font-weight: 600; padding: 9px 22px; border: 0; border-radius: 8px; background: var(--accent); color: #fff; cursor: pointer; }
button:disabled { opacity: .55; cursor: progress; }
[data-testid=result] { margin-top: 14px !important; font-size: 14px; overflow-wrap: anywhere; }
[data-status=committed] { color: var(--accent); } [data-status=failed] { color: var(--bad); } [data-status=unknown] { color: var(--odd); }
ul { list-style: none; margin: 0; padding: 0; }
li { display: flex; justify-content: space-between; gap: 12px; padding: 9px 0; border-top: 1px solid var(--line); }
li:first-child { border-top: 0; } .who { min-width: 0; } .who small { display: block; color: var(--soft); overflow: hidden; text-overflow: ellipsis; }
.sum { font-variant-numeric: tabular-nums; white-space: nowrap; } .in .sum { color: var(--accent); }
@media (max-width: 480px) { form { grid-template-columns: 1fr; } }`;

export const pageScript = `
const form = document.querySelector("#payment"), result = document.querySelector("#result"), button = form.querySelector("button");
const money = (minor) => (minor / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const suffix = () => [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, "0")).join("");
const words = { committed: "Paid. Reference ", failed: "Not paid. Reference ", unknown: "We do not know yet whether this payment went through; please do not repeat it. Reference " };
function show(status, id) {
  result.hidden = false; result.dataset.status = status;
  result.replaceChildren(words[status], Object.assign(document.createElement("b"), { textContent: id }));
}
function entry(payment) {
  const item = document.createElement("li"), who = document.createElement("span"), sum = document.createElement("span");
  item.dataset.id = payment.id; item.className = payment.direction; who.className = "who"; sum.className = "sum";
  who.append((payment.direction === "in" ? "From" : "To") + " account " + payment.counterparty, Object.assign(document.createElement("small"), { textContent: payment.id }));
  sum.textContent = (payment.direction === "in" ? "+" : "\\u2212") + money(payment.amountMinor);
  item.append(who, sum);
  return item;
}
async function refresh() {
  const answer = await fetch("/v1/accounts/" + form.dataset.account, { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) return;
  const account = await answer.json();
  document.querySelector("[data-testid=balance]").textContent = money(account.balanceMinor);
  document.querySelector("[data-testid=recent]").replaceChildren(...account.recent.map(entry));
  document.querySelector("[data-testid=region]").textContent = answer.headers.get("x-region") ?? "";
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  result.hidden = true; delete result.dataset.status; result.replaceChildren();
  const id = form.dataset.idPrefix + suffix();
  const payment = { id, from: Number(form.dataset.account), to: Number(form.to.value), amountMinor: Math.round(Number(form.amount.value) * 100), currency: "USD", reference: "web payment" };
  let status = "unknown";
  try {
    const answer = await fetch("/v1/payments", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(payment), signal: AbortSignal.timeout(5000) });
    if (answer.status === 201 || answer.status === 200) status = "committed";
    else if (answer.headers.get("x-not-executed") === "true") status = "failed";
  } catch {}
  try { await refresh(); } catch {}
  show(status, id);
  button.disabled = false;
});`;
