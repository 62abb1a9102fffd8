import { expect } from 'chai';
import { createInProcess } from '../../src/http/in-process.ts';

describe('http/in-process', () => {
  const echo = createInProcess('https://id.example');
  before(() => {
    echo.serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { method, url, headers, socket } = request;
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.statusCode = 201;
        const { encrypted, remoteAddress } = socket as { encrypted?: boolean; remoteAddress?: string };
        response.end(JSON.stringify({ method, url, headers, body, encrypted, remoteAddress }));
      });
    });
  });

  it('answers a call of the issuer without any network: method, path, body, scheme and headers arrive', async () => {
    const answer = await echo.fetch('https://id.example/token?a=b', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'authorization_code', code: 'ä' }),
    });
    expect(answer.status).to.equal(201);
    expect(answer.headers.getSetCookie()).to.deep.equal(['a=1', 'b=2']);
    const seen = (await answer.json()) as Record<string, unknown> & { headers: Record<string, string> };
    expect(seen).to.include({
      method: 'POST',
      url: '/token?a=b',
      body: 'grant_type=authorization_code&code=%C3%A4',
      encrypted: true,
      remoteAddress: '127.0.0.1',
    });
    expect(seen.headers).to.include({ host: 'id.example' });
    expect(seen.headers['content-type']).to.match(/^application\/x-www-form-urlencoded/);
  });

  it('calls nobody else, and nobody before there is a server', async () => {
    for (const url of ['https://id.example.evil/', 'http://id.example/', 'https://id.example:444/'])
      await echo.fetch(url).then(
        () => expect.fail('went out'),
        (error: Error) => expect(error).to.be.instanceOf(TypeError),
      );
    await createInProcess('https://id.example')
      .fetch('https://id.example/')
      .then(
        () => expect.fail('answered'),
        (error: Error) => expect(error).to.be.instanceOf(TypeError),
      );
  });
});
