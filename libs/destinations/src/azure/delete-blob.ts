import type { BlobGetPropertiesResponse, ContainerClient } from '@azure/storage-blob';
import { type Deletion } from '../destination.port.js';
import { azureCode, named } from './azure-errors.js';

/** Deletes an object so that none of its bytes stay: where the account keeps versions, the deletion alone would only hide it. */
export async function deleteBlob(container: ContainerClient, key: string): Promise<Deletion> {
  const blob = container.getBlobClient(key);
  const found = await propertiesOf(container, key);
  if (!found) return { is: 'absent' };
  try {
    await blob.delete({ deleteSnapshots: 'include' });
    if (found.versionId !== undefined) await deleteVersions(container, key);
  } catch (thrown) {
    if (azureCode(thrown) === 'BlobNotFound') return { is: 'absent' };
    if (azureCode(thrown) !== 'BlobImmutableDueToPolicy') throw thrown;
    return { is: 'locked', until: lockEndOf(found) };
  }
  return { is: 'deleted' };
}

async function deleteVersions(container: ContainerClient, key: string): Promise<void> {
  for await (const { name, versionId } of container.listBlobsFlat({ prefix: key, includeVersions: true })) {
    if (name > key) return;
    if (versionId !== undefined) await container.getBlobClient(key).withVersion(versionId).delete();
  }
}

/** Undefined where there is no such object in a container that is there. */
export async function propertiesOf(
  container: ContainerClient,
  key: string,
): Promise<BlobGetPropertiesResponse | undefined> {
  return named('read', async () => {
    try {
      return await container.getBlobClient(key).getProperties();
    } catch (thrown) {
      if (azureCode(thrown) !== 'BlobNotFound') throw thrown;
      return undefined;
    }
  });
}

/** Undefined for a legal hold, and where the policy is the container's and not the object's own. */
function lockEndOf({ legalHold, immutabilityPolicyExpiresOn }: BlobGetPropertiesResponse): number | undefined {
  return legalHold === true ? undefined : immutabilityPolicyExpiresOn?.getTime();
}
