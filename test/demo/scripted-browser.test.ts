import { createServer, type IncomingMessage, type Server } from 'node:http';
import { expect } from 'chai';
import { readHtmlPage } from '../../src/demo/html-page.ts';
import { createBrowser } from '../../src/demo/scripted-browser.ts';

interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('the scripted browser', () => {
  const heard: Heard[] = [];
  let server: Server;
  let origin: string;

  const FORM =
    '<title>T &amp; T</title><a id="out" href="/page?x=1&amp;y=2">go</a>' +
    '<form id="f" method="post" action="/posted"><input type="hidden" name="token" value="a&quot;b">' +
    '<input id="user" name="username" value=""><input type="checkbox" name="remember" value="yes">' +
    '<button id="yes" name="answer" value="yes">Yes</button><button id="no" name="answer" value="no">No</button></form>';

  before(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { method = '', url = '', headers } = request;
      heard.push({ method, url, headers, body });
      if (url === '/redirect') {
        response.setHeader('set-cookie', [
          'deep=1; Path=/page; HttpOnly',
          'all=2; Path=/',
          'gone=3; Path=/; Max-Age=0',
        ]);
        response.writeHead(303, { location: '/page' }).end();
      } else if (url === '/posted')
        response.end('<meta http-equiv="refresh" content="0; url=/page?a=1&amp;b=2">');
      else if (url === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else response.end(FORM);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://localhost:${(server.address() as { port: number }).port}`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => void heard.splice(0));

  it('follows redirects and keeps cookies by path, not by port', async () => {
    const browser = createBrowser();
    const page = await browser.open(`${origin}/redirect`);
    expect(page).to.include({ status: 200, url: `${origin}/page`, title: 'T & T' });
    expect(heard.map(({ headers }) => headers.cookie)).to.deep.equal([undefined, 'deep=1; all=2']);
    expect(heard.map(({ headers }) => headers['sec-fetch-site'])).to.deep.equal(['none', 'none']);
    expect(browser.cookies.get('http://localhost:1/', 'all')).to.equal('2');
    expect(browser.cookies.get(`${origin}/`, 'deep')).to.equal(undefined);
  });

  it('sends a form as browsers do, and follows the meta refresh of its answer', async () => {
    const browser = createBrowser();
    const page = await browser.submit(await browser.open(`${origin}/page`), 'no', { user: 'ada & co' });
    expect(page.url).to.equal(`${origin}/page?a=1&b=2`);
    expect(heard[1]).to.include({ method: 'POST', url: '/posted' });
    expect(heard[1]?.body).to.equal('token=a%22b&username=ada+%26+co&answer=no');
    expect(heard[1]?.headers).to.include({ origin, 'sec-fetch-site': 'same-origin' });
    expect(heard[2]).to.include({ method: 'GET', body: '' });
  });

  it('follows a link by its id', async () => {
    const browser = createBrowser();
    await browser.follow(await browser.open(`${origin}/page`), 'out');
    expect(heard[1]?.url).to.equal('/page?x=1&y=2');
  });

  it('says what a page lacks, and ends a loop', async () => {
    const browser = createBrowser();
    const page = await browser.open(`${origin}/page`);
    expect(() => browser.submit(page, 'nothing')).to.throw('no form or button #nothing');
    expect(() => browser.submit(page, 'f', { pin: '1' })).to.throw('no field pin');
    expect(() => browser.follow(page, 'nothing')).to.throw('no link #nothing');
    const failed = await browser.open(`${origin}/loop`).catch((error: Error) => error.message);
    expect(failed).to.include('more than 20 redirects');
  });

  it('reads elements, nested ones and entities included', () => {
    const page = readHtmlPage(
      '<body><div id="a" data-x="&lt;1&gt;"><div>in &#39;it&#39;</div> on</div><script>var x = "<p id=no>";</script></body>',
      'http://localhost/',
    );
    expect(page.element('a')).to.deep.equal({
      tag: 'div',
      attributes: { id: 'a', 'data-x': '<1>' },
      text: "in 'it' on",
    });
    expect(page.element('no')).to.equal(undefined);
    expect(page.text).to.equal("in 'it' on");
  });
});
