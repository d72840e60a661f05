// What do the browser tests stand on? The real server over a small knowledge base, a company's site on another origin
// with a strict policy, and a real Chromium. Everything is started here and ended by `stop()`.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = dirname(fileURLToPath(import.meta.url));
export const BINARY = process.env.KB_BIN || join(HERE, '../../target/debug/kb');
const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
export const SCREENSHOTS = join(HERE, 'screenshots');

const ARTICLES = {
  '账号/_index.md': ['账号与安全', ''],
  '账号/forgot-password.md': ['忘记密码怎么办？', '在登录页点“忘记密码”，用手机验证码重新设置。\n\n## 步骤\n\n1. 打开登录页\n2. 点“忘记密码”\n\n| 方式 | 时间 |\n|---|---|\n| 短信 | 一分钟 |\n\n```sh\nkb serve\n```\n'],
  '账号/change-password.md': ['如何修改登录密码', '进入“设置”，先输入当前的密码，再输入新密码。'],
  '账号/no-code.md': ['收不到验证码怎么办', '请检查短信是否被拦截，六十秒后可以再次发送。'],
  '支付/_index.md': ['支付与退款', ''],
  '支付/refund.md': ['如何申请退款', '在订单页点“申请退款”，三个工作日内到账。'],
  '支付/invoice.md': ['如何开具发票', '在订单页点“发票”，填写抬头与税号。'],
  '支付/pay-password.md': ['支付密码和登录密码有什么不同', '支付密码是六位数字，只在付款时使用。'],
  'en/_index.md': ['Account', ''],
  'en/reset.md': ['How to reset a password', 'Choose “Forgot password” on the sign-in page.'],
};

// The server over its own folder; `origins` are those that may embed the box, `more` is added to its settings.
export async function startKb(origins, more = '') {
  if (!existsSync(BINARY)) throw new Error(`there is no ${BINARY}: run \`cargo build\`, or name the program in KB_BIN`);
  const folder = mkdtempSync(join(tmpdir(), 'kb-browser-'));
  for (const [path, [title, text]] of Object.entries(ARTICLES)) {
    const file = join(folder, 'kb', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `+++\ntitle = ${JSON.stringify(title)}\n${path.startsWith('en/') ? 'lang = "en"\n' : ''}+++\n${text}\n`);
  }
  const settings = `[site]\ncontact = "help@example.com"\n[embed]\norigins = ${JSON.stringify(origins)}\n${more}`;
  writeFileSync(join(folder, 'kb.toml'), settings);
  const child = spawn(BINARY, ['serve', '--listen', '127.0.0.1:0'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  const url = await firstAddress(child, () => log);
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, stop, folder };
}

function firstAddress(child, log) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the server did not say where it listens\n${log()}`)), 60_000);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}\n${log()}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = line.match(/^listening on (http:\/\/\S+)/)?.[1];
      if (!address) return;
      clearTimeout(late);
      resolve(address.replace(/\/$/, ''));
    });
  });
}

// A company's page: its policy allows the help centre's script and API, and nothing inline.
function companyPage(kb, { attributes = '', ugly = false, lang = 'zh-CN' }) {
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>示例公司</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css${ugly ? '?ugly' : ''}">
<script type="module" src="${kb}/embed/v1/kb-search.js"></script></head><body><header><b>示例公司</b>
<kb-search ${attributes}><form action="${kb}/search"><input type="search" name="q" aria-label="搜索"></form></kb-search></header>
<main><h1>订单</h1><p><button id="before">按钮</button> <input id="other" aria-label="备注"> <textarea aria-label="说明"></textarea>
<span id="editable" contenteditable="true" role="textbox" aria-label="文本">可编辑</span></p><p>${'这是公司自己的网页。'.repeat(30)}</p></main></body></html>`;
}

const SITE_CSS = 'html{color-scheme:light dark}body{margin:0;font:16px/1.6 sans-serif}header{display:flex;gap:24px;align-items:center;padding:16px;overflow:hidden;position:relative;z-index:0}kb-search{display:block;flex:1;max-width:560px;min-height:48px}main{padding:16px}';
const UGLY_CSS = '*{color:red!important;font-size:30px;letter-spacing:4px;text-transform:uppercase;line-height:3;border:2px dotted green}a{display:none!important}input{background:yellow!important}';

export async function startCompany() {
  const site = {};
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://company.test');
    if (url.pathname === '/site.css') {
      response.writeHead(200, { 'content-type': 'text/css' });
      return response.end(SITE_CSS + (url.search ? UGLY_CSS : ''));
    }
    const policy = `default-src 'none'; script-src ${site.kb}; connect-src ${site.kb}; style-src 'self'; img-src data:; form-action ${site.kb}; base-uri 'none'`;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
    const settings = { attributes: url.searchParams.get('attributes') ?? '', lang: url.searchParams.get('lang') ?? 'zh-CN' };
    response.end(companyPage(site.kb, { ...settings, ugly: url.searchParams.has('ugly') }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  site.url = `http://127.0.0.1:${server.address().port}`;
  // The same site under a name that the help centre was not told of.
  site.stranger = `http://localhost:${server.address().port}`;
  site.stop = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  return site;
}

export async function startBrowser() {
  if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}: \`apt-get install chromium fonts-noto-cjk\`, or name one in CHROMIUM`);
  mkdirSync(SCREENSHOTS, { recursive: true });
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

export const DESK = { viewport: { width: 1100, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

// Settings by which customers sign in, by the site's tokens and by mailed codes, and ask at once.
export const CUSTOMERS = '[ask]\nmin_seconds = 0\n[identity]\nemail = true\n[[identity.keys]]\nid = "1"\nalg = "HS256"\nsecret = "0123456789abcdef0123456789abcdef"\n';

// A token as the company's site would sign it.
export function tokenOf(kb, { sub = 'u-1', name = '李雷', email = 'li.lei@example.com' } = {}) {
  const args = ['token', '--sub', sub, '--name', name, '--email', email];
  return execFileSync(BINARY, args, { cwd: kb.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

// All three, and how to end them; `more` is added to the settings.
export async function startAll(more = '') {
  const company = await startCompany();
  const kb = await startKb([company.url], more);
  company.kb = kb.url;
  const browser = await startBrowser();
  const stop = async () => {
    await browser.close();
    await company.stop();
    await kb.stop();
  };
  return { kb, company, browser, stop };
}

// A page that remembers what went wrong in it and what it asked of the API, apart from the notes that it leaves in its visit.
export async function openPage(browser, url, options = DESK) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.faults = [];
  page.asked = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  page.on('request', (request) => /\/api\/v1\/(?!visits)/.test(request.url()) && page.asked.push(decodeURIComponent(request.url().split('/api/v1/')[1])));
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(url);
  page.done = () => context.close();
  return page;
}

// A page with the box, ready.
export async function openBox(browser, url, options) {
  const page = await openPage(browser, url, options);
  await page.waitForFunction(() => document.querySelector('kb-search')?.shadowRoot);
  page.field = page.locator('kb-search').locator('input[role=combobox]');
  page.options = page.locator('kb-search').locator('[role=option]');
  page.shown = (kind) => page.locator('kb-search').locator(`.option.${kind}`).first().waitFor();
  return page;
}

// Waits for a fact, at most half a minute: machines are shared.
export async function until(fact, what) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await fact();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
