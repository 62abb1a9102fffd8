import { createLogger } from '../audit/logger.ts';
import { startServer } from '../server.ts';
import { openServices } from '../services.ts';
import { demoConfig } from './demo-settings.ts';
import { version } from './version.ts';

/** The process `second-server.ts` starts. It lives as long as its parent, so Ctrl-C is the parent's to answer. */
process.on('SIGINT', () => {});

try {
  const config = demoConfig(process.env, process.cwd());
  const { level, file } = config.log;
  const services = await openServices(
    config,
    createLogger({ level, ...(file === undefined ? {} : { file }) }),
  );
  const server = await startServer(services, version());
  process.once('disconnect', async () => {
    await server.close();
    await services.close();
    process.exit(0);
  });
  process.send?.({ port: server.port });
} catch (error) {
  process.send?.({ problem: (error as Error).message }, () => process.exit(1));
}
