import { defineProbe, openPage, type Observation, type OpenedPage, type ProbeContext } from "#harness";

/**
 * A customer's journey in a real browser: open the page, read the balance, pay, see the confirmation; a picture of what it saw. The
 * customer of the "during" journey has had the page open since before, as most have when an outage begins; the others arrive new.
 */
export default defineProbe({
  name: "checkout",
  title: "A customer pays in a browser",
  kind: "journey",
  every: "once-a-phase",
  timeoutMs: 20_000,
  async open() {
    let waiting: OpenedPage | undefined;
    return {
      async observe(context) {
        const kept = waiting;
        waiting = undefined;
        const opened = kept ?? (await openPage(context));
        const observation = await pay(context, opened, { reload: kept === undefined });
        if (context.phase === "steady") waiting = opened;
        else await opened[Symbol.asyncDispose]();
        return observation;
      },
      async [Symbol.asyncDispose]() {
        await waiting?.[Symbol.asyncDispose]();
      },
    };
  },
});

async function pay(
  context: ProbeContext,
  opened: OpenedPage,
  options: { readonly reload: boolean },
): Promise<Observation> {
  const { page, ip } = opened;
  const target = new URL("/", context.endpoints.service.url);
  target.searchParams.set("account", "12");
  target.searchParams.set("idPrefix", context.idPrefix);
  const files: string[] = [];
  const picture = async (): Promise<void> => {
    files.push(await context.keepFile(`checkout-${context.phase}.png`, await opened.screenshot()));
  };
  try {
    if (options.reload) await page.goto(target.href, { timeout: 5_000, waitUntil: "load" });
    const result = page.locator("[data-testid=result]");
    const before = await result.innerText({ timeout: 1_000 });
    await page.fill("#to", "34", { timeout: 3_000 });
    await page.fill("#amount", "12.34", { timeout: 3_000 });
    await page.click("[data-testid=pay]", { timeout: 3_000 });
    // The page keeps the last result on show until the next one is there.
    await (before === "" ? result : result.filter({ hasNotText: before })).waitFor({ timeout: 12_000 });
    const status = (await result.getAttribute("data-status")) ?? "unknown";
    const region = (await page.locator("[data-testid=region]").innerText({ timeout: 1_000 })).trim();
    await picture();
    return { ok: status === "committed", ip, region, detail: { status, id: await result.innerText() }, files };
  } catch (error) {
    // What a customer sees while the service is down is evidence too.
    await picture().catch(() => {});
    return {
      ok: false,
      ip,
      error: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
      files,
    };
  }
}
