/** The main process's hand on the links, and what it knows of them: told by the links' process itself, whoever moved them. */
import { request } from "node:http";
import { customersLink, linksBetween } from "../layout.ts";
import type { Layout } from "../layout.ts";
import type { LinksChanged, LinksConfiguration } from "../links/main.ts";
import type { RegionName } from "../machinery.ts";
import { Child } from "../supervision/child.ts";
import type { Guardian } from "../supervision/guardian-client.ts";
import type { Heal } from "../supervision/guardian.ts";
import type { TruthLog } from "../truth.ts";

const orderWithinMs = 5_000;

export interface LinksOptions {
  readonly layout: Layout;
  readonly bundle: string;
  readonly folder: string;
  readonly guardian: Guardian;
  readonly truth: TruthLog;
  /** A link began or ceased to be held. */
  readonly onChange: (link: string, held: boolean) => void;
}

export class LinksControl {
  readonly child: Child;
  readonly #layout: Layout;
  readonly #held = new Set<string>();

  constructor(options: LinksOptions) {
    const { layout, bundle, folder, guardian, truth } = options;
    this.#layout = layout;
    const configuration: LinksConfiguration = { control: layout.linksControl, links: layout.links };
    this.child = new Child({
      role: "links",
      bundle,
      folder,
      guardian,
      configuration,
      onMessage: (message) => {
        const { linksChanged, monoNs } = message as LinksChanged;
        for (const { name, up, down } of linksChanged) {
          const held = up || down;
          if (held === this.#held.has(name)) continue;
          if (held) this.#held.add(name);
          else this.#held.delete(name);
          truth.record(held ? "link-held" : "link-healed", { link: name }, monoNs);
          options.onChange(name, held);
        }
      },
    });
  }

  isHeld(link: string): boolean {
    return this.#held.has(link);
  }

  customersCut(region: RegionName): boolean {
    return this.isHeld(customersLink(region));
  }

  healing(links: readonly string[]): Heal {
    return { ...this.#layout.linksControl, links };
  }

  async #order(path: string, links: readonly string[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const call = request(
        { ...this.#layout.linksControl, path, method: "POST", agent: false, timeout: orderWithinMs },
        (response) => {
          response.resume();
          response.on("end", () =>
            response.statusCode === 200 ? resolve() : reject(new Error(`links${path}: ${response.statusCode}`)),
          );
        },
      );
      call.on("timeout", () => call.destroy(new Error(`links${path}: no answer within ${orderWithinMs} ms`)));
      call.on("error", reject);
      call.end(JSON.stringify({ links }));
    });
  }

  hold(links: readonly string[]): Promise<void> {
    return this.#order("/hold", links);
  }

  heal(links: readonly string[]): Promise<void> {
    return this.#order("/heal", links);
  }

  between(a: RegionName, b: RegionName): readonly string[] {
    const links = linksBetween(a, b);
    if (links.length === 0) throw new Error(`there is no link between ${a} and ${b}`);
    return links;
  }
}
