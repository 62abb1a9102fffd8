import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import encodeQR from 'qr';

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 5;
const [BLACK, WHITE, WALL] = [16, 235, 200];

/** What a Chromium phone's camera sees: a wall, or a QR held before it. Chromium opens the file at each `getUserMedia`. */
export class FakeCamera {
  readonly flags: readonly string[];
  private readonly folder: string;
  private readonly file: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, 'camera.y4m');
    this.flags = ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${this.file}`];
  }

  static async start(): Promise<FakeCamera> {
    const camera = new FakeCamera(await mkdtemp(join(tmpdir(), 'countersign-camera-')));
    await camera.showWall();
    return camera;
  }

  async showQr(text: string): Promise<void> {
    const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
    const scale = Math.floor((HEIGHT * 0.7) / modules.length);
    const size = scale * modules.length;
    const [left, top] = [(WIDTH - size) >> 1, (HEIGHT - size) >> 1];
    const picture = Buffer.alloc(WIDTH * HEIGHT, WALL);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const dark = modules[Math.floor(y / scale)]?.[Math.floor(x / scale)];
        picture[(top + y) * WIDTH + left + x] = dark ? BLACK : WHITE;
      }
    }
    await this.film(picture);
  }

  async showWall(): Promise<void> {
    await this.film(Buffer.alloc(WIDTH * HEIGHT, WALL));
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** @param picture luma, one byte a pixel. */
  private async film(picture: Buffer): Promise<void> {
    const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
    const frame = Buffer.concat([Buffer.from('FRAME\n'), picture, grey]);
    const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420mpeg2\n`);
    // In one step, so that no half-written film is opened.
    await writeFile(`${this.file}.new`, Buffer.concat([header, ...Array(FRAMES).fill(frame)]));
    await rename(`${this.file}.new`, this.file);
  }
}
