import { ApiError } from '../../core/api-error.js';
import { currentVersion, type FileVersion } from '../model/drive-node.js';
import { addressedFile, type DriveAction, type DriveCall, notFound, READ_FILES, WRITE_FILES } from './address.js';
import { redirect } from './download.js';
import { stampOf } from './stamp.js';
import { versionsOf } from './version-json.js';

/** docs: graph/api/driveitem-list-versions */
export const listVersions: DriveAction = {
  method: 'GET',
  suffix: '/versions',
  permissions: READ_FILES,
  options: ['$select', '$top'],
  cost: () => 2,
  handle: async (call) => {
    const value = versionsOf(addressedFile(call));
    return { status: 200, body: { value: value.slice(0, call.query.top) } };
  },
};

/** Older versions only (docs: graph/api/driveitemversion-get-contents). */
export const getVersionContent: DriveAction = {
  method: 'GET',
  suffix: '/versions/{version}/content',
  permissions: READ_FILES,
  cost: () => 1,
  handle: async (call) => {
    const file = addressedFile(call);
    const version = addressedVersion(call);
    if (version === currentVersion(file)) {
      throw new ApiError(400, 'invalidRequest', 'You cannot get the content of the current version.');
    }
    return redirect(call, file, version.id);
  },
};

/** Makes a new version out of an old one (docs: graph/api/driveitemversion-restore). */
export const restoreVersion: DriveAction = {
  method: 'POST',
  suffix: '/versions/{version}/restoreVersion',
  permissions: WRITE_FILES,
  cost: () => 2,
  handle: async (call) => {
    const { content, recipe } = addressedVersion(call);
    call.drive.replaceContent(addressedFile(call), { content, ...(recipe ? { recipe } : {}) }, stampOf(call));
    return { status: 204 };
  },
};

function addressedVersion(call: DriveCall): FileVersion {
  return addressedFile(call).versions.find(({ id }) => id === call.request.params.version) ?? notFound();
}
