import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { PATIENCE } from './test/support/wait.ts';

/** What every kind of test has. Time limits only end tests that fail: the slowest machine must keep to them. */
const shared = {
  testTimeout: 2 * PATIENCE,
  hookTimeout: 2 * PATIENCE,
  expect: { poll: { timeout: PATIENCE, interval: 20 } },
  // Hundreds of hosts start from the same sources: Node keeps what it made of them.
  env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
};

/** Tests of the gate that take a minute, or come to it through the proxy, where luma is their server. */
const ONLY_LUMA = ['lives', 'phone', 'stop', 'watch'];

/** The agents' command lines, as npm serves them: `npm run test:clients`. */
const clients = {
  test: {
    name: 'clients',
    include: ['test/clients/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['./test/support/temporary-files.ts', './test/support/built-host.ts'],
    ...shared,
  },
};

/** Large files come first, where nothing is known of an earlier run. One small file takes a minute: it must not end alone. */
class LivesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.endsWith('gate/lives.test.ts');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig(({ mode }) => ({
  test: {
    // Tests mostly wait for processes: a worker more than there are cores keeps these busy.
    // A real Electron has a whole desktop around it; several at once were too much for a small machine.
    maxWorkers: process.env.GREENLIGHT_ELECTRON_APPLICATION ? 1 : availableParallelism() + 1,
    sequence: { sequencer: LivesFirst },
    reporters: ['default', './test/support/summary-reporter.ts'],
    coverage: { include: ['main/**', 'shared/**', 'renderer/**'], reporter: ['text-summary', 'html'] },
    projects: [
      // Others' programs from the network: for whoever asks for them alone.
      ...(mode === 'clients' ? [clients] : []),
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          // They leave nothing behind, and loading everything anew for each file took half the time.
          isolate: false,
          globalSetup: './test/support/temporary-files.ts',
          ...shared,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          environment: 'node',
          isolate: false,
          globalSetup: ['./test/support/temporary-files.ts', './test/support/built-host.ts'],
          ...shared,
        },
      },
      {
        test: {
          // What holds of luma holds of every server.
          name: 'another server',
          include: ['test/integration/gate/**/*.test.ts'],
          exclude: ONLY_LUMA.map((name) => `test/integration/gate/${name}.test.ts`),
          environment: 'node',
          isolate: false,
          globalSetup: ['./test/support/temporary-files.ts'],
          ...shared,
          env: { ...shared.env, GREENLIGHT_TEST_SERVER: 'third' },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          isolate: false,
          globalSetup: ['./test/support/temporary-files.ts', './test/support/built-host.ts'],
          ...shared,
        },
      },
    ],
  },
}));
