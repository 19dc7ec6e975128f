import { defineProbe, openPage } from "#harness";

/** A customer's journey in a real browser: open the page, read the balance, pay, see the confirmation; a picture of what it saw. */
export default defineProbe({
  name: "checkout",
  title: "A customer pays in a browser",
  kind: "journey",
  every: "once-a-phase",
  timeoutMs: 20_000,
  async observe(context) {
    await using opened = await openPage(context);
    const { page } = opened;
    const target = new URL("/", context.endpoints.service.url);
    target.searchParams.set("account", "12");
    target.searchParams.set("idPrefix", context.idPrefix);
    const files: string[] = [];
    const picture = async (): Promise<void> => {
      files.push(await context.keepFile(`checkout-${context.phase}.png`, await page.screenshot({ timeout: 5_000 })));
    };
    try {
      await page.goto(target.href, { timeout: 5_000, waitUntil: "load" });
      await page.fill("#to", "34", { timeout: 3_000 });
      await page.fill("#amount", "12.34", { timeout: 3_000 });
      await page.click("[data-testid=pay]", { timeout: 3_000 });
      const result = page.locator("[data-testid=result][data-status]:not([data-status=''])");
      await result.waitFor({ timeout: 6_000 });
      const status = (await result.getAttribute("data-status")) ?? "unknown";
      const region = (await page.locator("[data-testid=region]").innerText({ timeout: 1_000 })).trim();
      await picture();
      return { ok: status === "committed", ip: opened.ip, region, detail: { status, id: await result.innerText() }, files };
    } catch (error) {
      // What a customer sees while the service is down is evidence too.
      await picture().catch(() => {});
      return { ok: false, ip: opened.ip, error: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error), files };
    }
  },
});
