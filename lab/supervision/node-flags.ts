/** Small heaps: a child of the lab handles kilobytes, and ten of them share a laptop with a browser and k6. */
export const nodeFlags: readonly string[] = ["--max-semi-space-size=2", "--max-old-space-size=256"];
