import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshFolder } from "../../cli/runScidocs.ts";
import { buildRecord } from "../../results/recordBuilder.ts";
import { buildPage, madeUpTitle } from "./buildPage.ts";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium)
  console.warn(`skipped: the report in a browser, for ${executablePath} is not there (CHROMIUM names another)`);

/** Run in the page: its background, and the lowest contrast (WCAG 2) that any of its texts has with it. */
const lowestContrast = `(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (x, y) => {
    const [high, low] = [luminance(x), luminance(y)].sort((p, q) => q - p);
    return (high + 0.05) / (low + 0.05);
  };
  const paper = getComputedStyle(document.body).backgroundColor;
  const colors = [...document.querySelectorAll("h1, .faint, a, .up, .down, svg text")].map((element) =>
    element instanceof SVGElement ? getComputedStyle(element).fill : getComputedStyle(element).color,
  );
  return { paper, lowest: Math.min(...colors.map((color) => ratio(color, paper))) };
})()`;

/** Run in the page: how many controls have no name, pictures no description, sections not one heading. */
const missingNames = `(() => {
  const nameless = [...document.querySelectorAll("button, select, input")].filter(
    (element) => (element.labels?.length ?? 0) === 0 && element.textContent.trim() === "" && !element.hasAttribute("aria-label"),
  );
  const pictures = [...document.querySelectorAll("svg")].filter((svg) => !svg.getAttribute("aria-label"));
  const sections = [...document.querySelectorAll("main > section")].filter((section) => section.querySelectorAll("h2").length !== 1);
  return [nameless.length, pictures.length, sections.length];
})()`;

describe.skipIf(!hasChromium)("the report in headless Chromium", () => {
  const folder = freshFolder();
  const problems: string[] = [];
  const requests: string[] = [];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const records = [
      buildRecord({ name: "base", quality: 0.4 }),
      buildRecord({ name: "tuned", quality: 0.6, modelSeed: 2, createdAt: "2026-02-02T00:00:00.000Z" }),
    ];
    const file = join(folder, "report.html");
    writeFileSync(file, (await buildPage(records, { titleOf: madeUpTitle, published: true })).text);
    browser = await chromium.launch({
      executablePath,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        "--disable-sync",
      ],
    });
    page = await browser.newPage({ viewport: { width: 1240, height: 900 } });
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.locator("#query-status", { hasText: "queries" }).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
  });

  const texts = (selector: string): Promise<string[]> => page.locator(selector).allTextContents();
  const numbers = async (selector: string): Promise<number[]> => (await texts(selector)).map(Number);

  it("loads without an error or a warning, and without a request that leaves the page", () => {
    expect(problems).toEqual([]);
    expect(requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
    expect(requests.filter((url) => url.startsWith("file:"))).toHaveLength(1);
  });

  it("sorts the table of scores, and tells a screen reader so", async () => {
    const header = page.locator("#scores thead th", { hasText: "Avg" });
    await header.locator("button").click();
    const values = await page
      .locator("#scores tbody tr td:last-child")
      .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("data-value"))));
    expect(values).toEqual(values.toSorted((x, y) => y - x));
    expect(await header.getAttribute("aria-sort")).toBe("descending");
    await header.locator("button").click();
    expect(await header.getAttribute("aria-sort")).toBe("ascending");
  });

  it("sorts the queries by how far they moved, from the keyboard too", async () => {
    const button = page.locator("#queries-table thead button").last();
    await button.focus();
    await page.keyboard.press("Enter");
    const moved = await numbers("#queries-table tbody tr td:last-child");
    expect(moved).toHaveLength(20);
    expect(moved).toEqual(moved.toSorted((x, y) => y - x));
    await page.keyboard.press("Enter");
    const back = await numbers("#queries-table tbody tr td:last-child");
    expect(back).toEqual(back.toSorted((x, y) => x - y));
  });

  it("filters by task and by words of the title", async () => {
    await page.selectOption("#query-task", "cite");
    expect(await page.locator("#query-status").textContent()).toBe("40 of 160 queries, the first 20 shown");
    expect(new Set(await texts("#queries-table tbody tr td:first-child"))).toEqual(new Set(["cite"]));
    const [title = ""] = await texts("#queries-table tbody button.open");
    await page.fill("#query-search", title.toUpperCase());
    expect(await texts("#queries-table tbody button.open")).toEqual([title]);
    await page.fill("#query-search", "no such words");
    expect(await page.locator("#queries-table tbody tr").count()).toBe(0);
    await page.fill("#query-search", "");
    await page.selectOption("#query-task", "");
  });

  it("opens a query with both rankings side by side, the relevant marked for eye and ear, and closes it", async () => {
    const open = page.locator("#queries-table button.open").first();
    await open.focus();
    await page.keyboard.press("Space");
    expect(await open.getAttribute("aria-expanded")).toBe("true");
    const rankings = page.locator("tr.detail .ranking");
    expect(await rankings.count()).toBe(2);
    const boxes = [await rankings.nth(0).boundingBox(), await rankings.nth(1).boundingBox()];
    expect(boxes[0]?.y).toBe(boxes[1]?.y);
    expect(await rankings.nth(0).locator('[role="img"][aria-label="relevant"]').count()).toBe(5);
    expect(await rankings.nth(0).locator("li").first().textContent()).toMatch(/^1✓?[a-z]+ [a-z]+ /);
    await open.click();
    expect(await page.locator("tr.detail").count()).toBe(0);
  });

  it("shows more on demand, and puts the focus on the first new query", async () => {
    await page.locator("#query-more").click();
    expect(await page.locator("#queries-table tbody tr").count()).toBe(40);
    expect(
      await page.evaluate(
        '[...document.querySelectorAll("#queries-table tbody button")].indexOf(document.activeElement)',
      ),
    ).toBe(20);
  });

  it("leaves the queries that changed, where that is asked for", async () => {
    await page.check("#query-changed");
    expect(await page.locator("#query-status").textContent()).toMatch(/^\d+ of 160 queries/);
    const moved = await numbers("#queries-table tbody tr td:last-child");
    expect(moved.length).toBeGreaterThan(0);
    expect(moved).not.toContain(0);
    await page.uncheck("#query-changed");
    expect(await page.locator("#query-status").textContent()).toMatch(/^160 of 160 queries/);
  });

  it("has an address for each query, which opens it", async () => {
    await page.locator("#queries-table button.open").nth(15).click();
    const link = page.locator("tr.detail a");
    const [address, paper] = [await link.getAttribute("href"), await page.locator("tr.detail .paper-id").textContent()];
    await page.goto(`${page.url().split("#")[0]}${address}`);
    await page.locator("tr.detail").waitFor();
    expect(await page.locator("tr.detail .paper-id").textContent()).toBe(paper);
    await page.fill("#query-search", "");
  });

  it("copies the table as Markdown, LaTeX and CSV", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const starts = { Markdown: "|", LaTeX: "% needs", CSV: "model," };
    for (const [name, start] of Object.entries(starts)) {
      await page.locator("button.copy", { hasText: name }).click();
      await page.locator(".copy [role=status]", { hasText: `${name} copied` }).waitFor();
      const text = await page.evaluate<string>("navigator.clipboard.readText()");
      expect(text).toContain("tuned");
      expect(text.trimStart().slice(0, 20)).toContain(start.slice(0, 20));
    }
  });

  it("keeps to a telephone's width: only tables scroll, beneath the names of their rows", async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400);
    const name = page.locator("#scores tbody th").first();
    await page.locator("#scores .scroll").evaluate((element) => element.scrollTo(300, 0));
    const [left, width] = await name.evaluate((element) => {
      const box = element.getBoundingClientRect();
      return [box.left, box.width];
    });
    expect(left).toBeGreaterThanOrEqual(0);
    expect(width).toBeLessThan(200);
    await page.setViewportSize({ width: 1240, height: 900 });
  });

  it("follows the system's theme and the reader's choice, with readable contrast in both", async () => {
    const contrast = () => page.evaluate<{ paper: string; lowest: number }>(lowestContrast);
    await page.emulateMedia({ colorScheme: "light" });
    const light = await contrast();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await contrast();
    expect(light.paper).toBe("rgb(255, 255, 255)");
    expect(dark.paper).not.toBe(light.paper);
    expect(Math.min(light.lowest, dark.lowest)).toBeGreaterThan(4.5);
    await page.selectOption("#theme", "light");
    expect((await contrast()).paper).toBe(light.paper);
    expect(problems).toEqual([]);
  });

  it("gives every picture a description and every control a name, and has one heading of each section", async () => {
    const unnamed = await page.evaluate(missingNames);
    expect(unnamed).toEqual([0, 0, 0]);
  });
});
