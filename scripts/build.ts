import { buildWorker, WORKER_CONFIGS } from "../workers/local/build.ts";
import { StartProblem } from "../workers/local/failures.ts";

/** `npm run build`: bundles both deployed Workers exactly as `wrangler deploy` would, without deploying. */
try {
  for (const { name, config } of WORKER_CONFIGS) {
    const { bytes } = await buildWorker(config, name);
    console.log(`${name.padEnd(10)} ${(bytes / 1024).toFixed(0).padStart(6)} KiB  dist/${name}/index.js`);
  }
} catch (error) {
  if (!(error instanceof StartProblem)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
}
