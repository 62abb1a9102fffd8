import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PageModels, PageName } from '../../src/http/page-models.ts';
import { createRenderer } from '../../src/http/render.ts';
import { deviceProgress } from '../../src/http/words.ts';
import { organisation, samples } from '../support/page-samples.ts';
import { VIEWS } from '../support/page-server.ts';

const render = createRenderer({ viewsDir: VIEWS, cache: true, organisation });
const HOSTILE = `"><script>alert(1)</script><b x='`;

/** The same model with every free text made hostile; unions, numbers and addresses stay. */
function poison(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    if (['state', 'kind', 'problem', 'seal', 'act', 'field'].includes(key)) return value;
    return /^(https?:\/\/|\/)/.test(value) ? `${value}?q=${HOSTILE}` : value + HOSTILE;
  }
  if (Array.isArray(value)) return value.map((item) => poison(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poison(inner, name)]));
  }
  return value;
}

function waitingModel(): PageModels['waiting'] {
  const sample = samples.find(({ id }) => id === 'waiting-unknown')!;
  return sample.model as PageModels['waiting'];
}

describe('http/render', () => {
  it('has a sample of every page', () => {
    const templates = readdirSync(VIEWS)
      .filter((name) => name.endsWith('.ejs'))
      .map((name) => name.slice(0, -4));
    expect([...new Set<string>(samples.map(({ name }) => name))]).to.have.members(templates);
  });

  for (const { id, name, model } of samples) {
    describe(id, () => {
      const html = render(name as PageName, model as never);

      it('is a whole page: language, title, viewport, one main heading', () => {
        expect(html).to.match(/^<!doctype html>\s*<html lang="en">/);
        expect(html).to.match(/<title>[^<]+ · Example Org<\/title>/);
        expect(html).to.include('<meta name="viewport" content="width=device-width, initial-scale=1">');
        expect(html.match(/<h1[\s>]/g)).to.have.length(1);
        expect(html.trimEnd()).to.match(/<\/html>$/);
        expect(html).not.to.match(/undefined|\[object|NaN/);
      });

      it('has no inline script, style or handler, and asks nothing of third parties', () => {
        expect(html).not.to.match(/<script(?![^>]*\ssrc="\/assets\/)/);
        expect(html).not.to.match(/<style|\sstyle=|\son[a-z]+=/i);
        for (const [, url] of html.matchAll(/(?:\ssrc|<link[^>]*\shref)="([^"]*)"/g))
          expect(url).to.match(/^\/assets\//);
      });

      it('uses each id once', () => {
        const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, value]) => value);
        expect(ids).to.deep.equal([...new Set(ids)]);
      });

      it('escapes hostile text everywhere', () => {
        const poisoned = createRenderer({
          viewsDir: VIEWS,
          cache: true,
          organisation: poison(organisation) as typeof organisation,
        })(name as PageName, poison(model) as never);
        expect(poisoned).not.to.include('<script>alert');
        expect(poisoned).not.to.include('<b x');
        expect(poisoned.match(/<[a-z]/g)?.length).to.be.at.least(5);
      });
    });
  }

  it('has the ids that conformance plans and scripts look for', () => {
    const ids: Partial<Record<string, readonly string[]>> = {
      password: ['login-form', 'username', 'password', 'login-submit', 'cancel-form'],
      waiting: [
        'number',
        'time',
        'continue-form',
        'continue',
        'resend-form',
        'cancel-form',
        'devices',
        'announce',
      ],
      'step-up': ['send-form', 'cancel-form'],
      consent: ['consent-form', 'consent-submit', 'deny', 'deny-form'],
      logout: ['op.logoutForm', 'logout-submit', 'logout-stay'],
      'device-code': ['op.deviceInputForm', 'user-code'],
      'device-confirm': ['op.deviceConfirmForm', 'device-abort'],
      'invite-password': ['password', 'invite-submit'],
      'invite-device': ['enrol-code', 'enrol-link'],
      'invite-confirm': ['fingerprint', 'confirm-device', 'reject-device'],
    };
    for (const [sample, wanted] of Object.entries(ids)) {
      const { name, model } = samples.find(({ id }) => id === sample)!;
      const html = render(name, model as never);
      for (const id of wanted ?? []) expect(html, sample).to.include(`id="${id}"`);
    }
  });

  it('reads the number digit by digit', () => {
    const html = render('waiting', waitingModel());
    expect(html).to.include(
      '<span aria-hidden="true">482\u2009913</span><span class="unseen">4 8 2 9 1 3</span>',
    );
    expect(html).to.include('data-number="482913"');
  });

  it('R3: has the number nowhere but in the number itself', () => {
    const html = render('waiting', waitingModel());
    expect(html.split('482913')).to.have.length(2);
  });

  it('R59: without devices, nothing about devices is on the waiting page', () => {
    const html = render('waiting', waitingModel());
    expect(html).not.to.include('id="devices"');
    expect(html).not.to.include('class="marks"');
    const known = render('waiting', { ...waitingModel(), devices: [deviceProgress('Pixel 9', 'sent')] });
    expect(known).to.include('Pixel 9').and.include('Sent, not delivered yet');
  });

  it('R13: on consent and confirm pages, refusing is a button of the same size', () => {
    for (const id of ['consent', 'invite-confirm', 'device-confirm']) {
      const { name, model } = samples.find((sample) => sample.id === id)!;
      expect(render(name, model as never).match(/<button[^>]*class="button( main)?"/g), id).to.have.length(2);
    }
  });

  it('works without scripts: refreshes itself and has a Continue button', () => {
    const html = render('waiting', waitingModel());
    expect(html).to.include('<noscript><meta http-equiv="refresh" content="5"></noscript>');
    expect(html).to.match(/<form id="continue-form"[^>]*>[\s\S]*?<noscript>[\s\S]*?<button id="continue"/);
    expect(render('waiting', { ...waitingModel(), state: 'approved' })).not.to.include(
      'http-equiv="refresh"',
    );
  });

  it('draws the ring where the clock is, without a script', () => {
    const html = render('waiting', { ...waitingModel(), secondsLeft: 30, life: 120 });
    expect(html).to.include('stroke-dashoffset="75.00"');
  });

  it('says the same for every wrong name and password, without the name of the cause', () => {
    const { model } = samples.find(({ id }) => id === 'password-wrong')!;
    const html = render('password', model as PageModels['password']);
    expect(html.match(/role="alert"/g)).to.have.length(1);
    expect(html).to.include('That name and password do not go together.');
    expect(html).to.include('value="ada@example.org"');
    expect(html).not.to.match(/type="password"[^>]*\svalue=/);
  });

  it('denied and reported have one page', () => {
    const { model } = samples.find(({ id }) => id === 'outcome-denied')!;
    expect(render('outcome', model as PageModels['outcome'])).not.to.match(/report/i);
  });

  it('leaves by meta refresh, the address escaped, with a link for people', () => {
    const html = render('leaving', { url: 'https://app.example.org/cb?code=a&state=%22"x' });
    expect(html).to.include('content="0; url=https://app.example.org/cb?code=a&amp;state=%22&#34;x"');
    expect(html).to.include('href="https://app.example.org/cb?code=a&amp;state=%22&#34;x"');
    expect(render('leaving', { url: 'com.example.app:/cb?code=a' })).to.include(
      'url=com.example.app:/cb?code=a',
    );
  });

  it('turns a posted request into a GET, doubled names and odd characters kept', () => {
    const fields = [
      { name: 'scope', value: 'openid "x"' },
      { name: 'resource', value: 'https://a.example/?b=1&c=2' },
      { name: 'resource', value: '<b>' },
    ];
    const html = render('authorize-post', { action: '/authorize', fields });
    const href = /id="continue"[^>]*href="([^"]*)"/.exec(html)![1]!.replaceAll('&amp;', '&');
    const url = new URL(href, 'https://id.example.org');
    expect([...url.searchParams].map(([name, value]) => ({ name, value }))).to.deep.equal(fields);
    expect(html).to.include(`content="0; url=${href.replaceAll('&', '&amp;')}"`);
  });

  it('fetches a logo from this server only', () => {
    const tile = (logo: string) => render('leaving', { url: '/x', app: { name: 'Grafana', logo } });
    expect(tile('/logos/grafana.png')).to.include('<img src="/logos/grafana.png" alt="">');
    for (const logo of [
      'https://evil.example/x.png',
      '//evil.example/x.png',
      '/\\evil.example',
      'data:image/png;base64,',
    ]) {
      expect(tile(logo), logo).not.to.include('<img');
    }
  });

  it('refuses addresses that run as script', () => {
    for (const url of [
      'javascript:alert(1)',
      ' JaVaScript:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,x',
    ]) {
      expect(() => render('leaving', { url }), url).to.throw(TypeError);
      expect(() => render('signed-out', { back: url }), url).to.throw(TypeError);
    }
  });

  it('takes characters that turn text around out of names, and isolates what is left', () => {
    const html = render('waiting', { ...waitingModel(), app: { name: 'Bank\u202Egnp.exe' } });
    expect(html).to.include('<bdi>Bankgnp.exe</bdi>');
    expect(html).not.to.include('\u202E');
  });

  it('writes values raw nowhere but for templates and our own SVG', () => {
    for (const folder of [VIEWS, join(VIEWS, 'partials')]) {
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.ejs'))) {
        const source = readFileSync(join(folder, file), 'utf8');
        for (const [raw] of source.matchAll(/<%-\s*[\s\S]{0,30}/g)) {
          expect(raw, file).to.match(/^<%-\s*(include\(|page\.ui\.qrSvg\()/);
        }
        // An attribute that takes a value is quoted (inside the quotes, the refresh has `url=`).
        expect(source.replace('="0; url=<%', '="<%'), file).not.to.match(/=<%/);
      }
    }
  });
});
