import { expect } from 'chai';
import { cli, type SentinelGroup, startSentinel } from '../support/redis-server.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';
import { until } from './at-each-step.ts';

describe('faults: a failover that loses what only the old master knew', () => {
  let group: SentinelGroup;
  let world: World;
  before(async () => {
    group = await startSentinel();
    world = await createWorld({ redisUrl: group.url });
  });
  after(async () => {
    await world?.close();
    await group?.stop();
  });

  it('F17 F18: without WAIT an approval is void, its request pending again, and what was given for it is worth nothing', async function () {
    this.timeout(60_000);
    const [master, replica] = group.servers;
    const asking = new TestBrowser();
    const asked = world.authorize();
    const waiting = (await world.walk(asking, asked, { until: 'push' })).page;
    const finishing = new TestBrowser();
    const finished = world.authorize();
    const approved = (await world.walk(finishing, finished, { name: 'bob', until: 'push' })).page;
    await world.person('bob').device!.approve(world.number(approved));
    await until(async () => (await cli(master!.port, 'wait', '1', '100')) === '1');

    // From here on the replica hears nothing.
    process.kill(replica!.pid, 'SIGSTOP');
    await cli(master!.port, 'client', 'kill', 'type', 'replica');
    await world.person('alice').device!.approve(world.number(waiting));
    const resumable = finishing.clone();
    const { code } = await world.walk(finishing, await world.post(finishing, approved, 'continue'), {
      name: 'bob',
    });
    const tokens = await world.redeem(finished, code!);
    expect(await world.userinfo(tokens.access_token!)).to.equal(200);

    process.kill(master!.pid, 'SIGKILL');
    process.kill(replica!.pid, 'SIGCONT');
    await until(async () => (await fetch(`${world.issuer}/readyz`)).status === 200, 45);

    const early = await world.post(asking, waiting, 'continue');
    expect([early.status, early.next], 'in on an approval nobody knows').to.deep.equal([200, undefined]);
    await world.person('alice').device!.approve(world.number(waiting));
    const walked = await world.walk(asking, await world.post(asking, waiting, 'continue'));
    expect((await world.redeem(asked, walked.code!)).status).to.equal(200);

    expect((await world.redeem(finished, code!)).error).to.equal('invalid_grant');
    expect(await world.userinfo(tokens.access_token!)).to.equal(401);
    const stranger = await world.post(new TestBrowser(), approved, 'continue');
    expect(stranger.next, 'another browser on what was not yet spent').to.equal(undefined);
    // Whose it was may spend it once more, in the same browser.
    const again = await world.walk(resumable, await world.post(resumable, approved, 'continue'), {
      name: 'bob',
    });
    expect((await world.redeem(finished, again.code!)).status).to.equal(200);
  });
});
