//! Waiting devices: found by their row and by their user code, changed at one version alone.

use super::Backend;
use super::races::race;
use super::sample::{Sample, at};
use grantd_core::change::{Guard, PurgeKind, Write};
use grantd_core::record::{DeviceAnswer, DeviceRecord, UserCodeKey};
use grantd_protocol::Timestamp;
use grantd_protocol::id::DeviceId;
use grantd_store::{CommitError, Store};
use std::sync::Arc;

async fn waiting(store: &impl Store, sample: &Sample, code: u8) -> DeviceRecord {
    let device = sample.device(code);
    sample
        .put(store, vec![Write::InsertDevice(Box::new(device.clone()))])
        .await;
    device
}

fn shown(device: &DeviceRecord) -> String {
    format!("{device:?}")
}

pub async fn a_device_is_read_as_it_was_written(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let device = waiting(&store, &sample, 1).await;
    let found = store.device(device.id).await.unwrap().unwrap();
    assert_eq!(shown(&found), shown(&device));
    let by_code = store.device_by_code(device.user_code).await.unwrap().unwrap();
    assert_eq!(shown(&by_code), shown(&device));
    assert!(store.device(DeviceId::from_bytes([1; 16])).await.unwrap().is_none());
    assert!(store.device_by_code(UserCodeKey([9; 32])).await.unwrap().is_none());
}

pub async fn a_device_is_at_its_version_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let device = waiting(&store, &sample, 1).await;
    let guard = |version| Guard::DeviceAt { id: device.id, version };
    assert!(sample.holds(&store, guard(1)).await);
    assert!(!sample.holds(&store, guard(2)).await);
    let next = DeviceRecord {
        version: 2,
        answer: Some(DeviceAnswer::Denied),
        polled_at: Some(at(3)),
        ..device.clone()
    };
    sample
        .put(&store, vec![Write::UpdateDevice(Box::new(next.clone()))])
        .await;
    assert!(!sample.holds(&store, guard(1)).await);
    assert!(sample.holds(&store, guard(2)).await);
    assert_eq!(shown(&store.device(device.id).await.unwrap().unwrap()), shown(&next));
    let unknown = Guard::DeviceAt {
        id: DeviceId::from_bytes([1; 16]),
        version: 1,
    };
    assert!(!sample.holds(&store, unknown).await);
}

pub async fn a_user_code_is_free_until_a_device_has_it(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let device = sample.device(1);
    let free = Guard::UserCodeFree(device.user_code);
    assert!(sample.holds(&store, free.clone()).await);
    let insert = |row: &DeviceRecord| vec![Write::InsertDevice(Box::new(row.clone()))];
    store
        .commit(sample.change(vec![free.clone()], insert(&device)))
        .await
        .unwrap();
    assert!(!sample.holds(&store, free.clone()).await);
    let second = sample.device(1);
    let lost = store.commit(sample.change(vec![free], insert(&second))).await;
    assert!(matches!(lost, Err(CommitError::Conflict)), "{lost:?}");
    assert!(store.device(second.id).await.unwrap().is_none());
}

pub async fn devices_leave_once_they_expired(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut devices = Vec::new();
    for code in 1..=3 {
        let device = DeviceRecord {
            expires_at: at(i64::from(code)),
            ..sample.device(code)
        };
        sample
            .put(&store, vec![Write::InsertDevice(Box::new(device.clone()))])
            .await;
        devices.push(device);
    }
    let purge = |before: Timestamp| {
        let kind = PurgeKind::Device;
        vec![Write::Purge { kind, before, limit: 1 }]
    };
    assert_eq!(sample.put(&store, purge(at(3))).await, 1);
    assert_eq!(sample.put(&store, purge(at(3))).await, 1);
    assert_eq!(sample.put(&store, purge(at(3))).await, 0);
    for (device, stays) in devices.iter().zip([false, false, true]) {
        assert_eq!(store.device(device.id).await.unwrap().is_some(), stays);
        assert_eq!(store.device_by_code(device.user_code).await.unwrap().is_some(), stays);
    }
}

pub async fn one_of_a_hundred_answers_for_a_device(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    let device = waiting(&*store, &sample, 1).await;
    let changes = (0..100).map(|racer| {
        let guard = Guard::DeviceAt {
            id: device.id,
            version: 1,
        };
        let next = DeviceRecord {
            version: 2,
            polled_at: Some(at(racer)),
            ..device.clone()
        };
        sample.change(vec![guard], vec![Write::UpdateDevice(Box::new(next))])
    });
    let winner = race(&store, changes.collect()).await;
    let found = store.device(device.id).await.unwrap().unwrap();
    assert_eq!(found.polled_at, Some(at(i64::try_from(winner).unwrap())));
}

pub async fn one_of_a_hundred_devices_takes_the_user_code(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    let devices: Vec<_> = (0..100).map(|_| sample.device(1)).collect();
    let changes = devices.iter().map(|device| {
        let insert = Write::InsertDevice(Box::new(device.clone()));
        sample.change(vec![Guard::UserCodeFree(device.user_code)], vec![insert])
    });
    let winner = race(&store, changes.collect()).await;
    let found = store.device_by_code(devices[0].user_code).await.unwrap().unwrap();
    assert_eq!(found.id, devices[winner].id);
}
