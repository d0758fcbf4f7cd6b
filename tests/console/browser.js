// Real Chromium at the console: pages that watch over what they may not do, and
// axe over each of them, at both widths and in both colour schemes.
"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");

const WIDTHS = [360, 1440];
const SCHEMES = ["light", "dark"];
// A person waits longer; a machine that does much at once, too.
const PATIENCE_MS = 20000;

class Browser {
  // modules: folder node_modules; executable: Chromium's path.
  static async start({ modules, executable, base, shots }) {
    const { chromium } = require(path.join(modules, "playwright-core"));
    const browser = await chromium.launch({
      executablePath: executable,
      // Chromium's own sandbox needs another user than root.
      chromiumSandbox: process.getuid() !== 0,
    });
    return new Browser(browser, base, shots, require.resolve(
      "axe-core/axe.min.js", { paths: [modules] }));
  }

  constructor(browser, base, shots, axe) {
    this.browser = browser;
    this.base = base;
    // Name of a check, width and scheme -> the picture's file.
    this.shots = shots;
    this.axe = axe;
    this.faults = [];
    this.checked = new Set();
  }

  // Somebody of his own: cookies of nobody else.
  async person(name) {
    const context = await this.browser.newContext({
      // The stack's certificate is of its own authority.
      ignoreHTTPSErrors: true,
      viewport: { width: 1440, height: 900 },
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.addInitScript({ path: this.axe });
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    const page = await context.newPage();
    const person = new Person(this, name, page);
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const text = `${message.text()} ${message.location().url}`;
      // Chromium's own line about what a test has asked for.
      if (person.expected !== undefined &&
          text.startsWith("Failed to load resource: ") &&
          text.includes(person.expected)) return;
      this.faults.push(`${name}: console: ${text}`);
    });
    page.on("pageerror", (error) => {
      this.faults.push(`${name}: ${error.stack}`);
    });
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(new URL(this.base).origin + "/") &&
          !url.startsWith("data:")) {
        this.faults.push(`${name}: asks another host: ${url}`);
      }
    });
    return person;
  }

  async close() {
    await this.browser.close();
  }
}

class Person {
  constructor(browser, name, page) {
    this.browser = browser;
    this.name = name;
    this.page = page;
    this.expected = undefined;
  }

  // Does something that fails so: "status of 401", "net::ERR_FAILED".
  async refused(how, action) {
    this.expected = how;
    await action();
    this.expected = undefined;
  }

  // Opens the console at a place.
  async open(place = "") {
    await this.page.goto(`${this.browser.base}${place}`);
  }

  // Goes where a link of the navigation leads, and is told so.
  async follow(name, title = name) {
    await this.page.getByRole("navigation").getByRole(
      "link", { name, exact: true }).first().click();
    await this.sees(title);
    assert.equal(await this.page.evaluate(
      () => document.activeElement.tagName), "H1",
                 `${name}: the heading has the focus`);
  }

  async sees(title) {
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
  }

  // A cell of a table with exactly this text.
  async cell(name) {
    await this.page.getByRole("cell", { name, exact: true }).first().waitFor();
  }

  async says(text) {
    await this.page.getByRole("status").filter({ hasText: text }).first()
      .waitFor();
  }

  // Chooses a button, fills its dialog and lets it be done.
  async does(button, fields = {}, submit = undefined) {
    await this.page.getByRole("button", { name: button, exact: true }).first()
      .click();
    const dialog = this.page.getByRole("dialog");
    await this.fill(dialog, fields);
    await dialog.locator("button[type=submit]").filter(
      submit ? { hasText: submit } : {}).click();
    return dialog;
  }

  // Fields by label: text, {file} or {option}.
  async fill(where, fields) {
    for (const [label, value] of Object.entries(fields)) {
      const input = where.getByLabel(label, { exact: false }).first();
      if (value.file) await input.setInputFiles(value.file);
      else if (value.option) await input.selectOption({ label: value.option });
      else if (value === true) await input.check();
      else await input.fill(value);
    }
  }

  // No barrier on what is shown now, in each form; nothing beside a telephone's
  // edge. Takes the pictures of it that are asked for.
  async check(name) {
    const { page } = this;
    for (const width of WIDTHS) {
      for (const colorScheme of SCHEMES) {
        await page.setViewportSize(
          { width, height: width === 360 ? 740 : 900 });
        await page.emulateMedia({ colorScheme });
        const found = await page.evaluate(async () => {
          const { violations } = await window.axe.run(document);
          return violations.map(({ id, impact, nodes }) =>
            ({ id, impact, where: nodes.map((node) => node.html) }));
        });
        const grave = found.filter(({ impact }) =>
          impact === "serious" || impact === "critical");
        assert.deepEqual(grave, [], `${name} at ${width}, ${colorScheme}`);
        for (const { id, where } of found) {
          this.browser.minor = (this.browser.minor ?? new Set())
            .add(`${id}: ${where[0]}`);
        }
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${name} is ${wide} wide at ${width}`);
        const shot = this.browser.shots[`${name}-${width}-${colorScheme}`];
        if (shot) await page.screenshot({ path: shot });
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    this.browser.checked.add(name);
  }
}

module.exports = { Browser };
