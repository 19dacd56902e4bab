#![allow(clippy::all, clippy::disallowed_methods, missing_docs, clippy::print_stdout)]
use grantd_core::change::*;
use grantd_core::record::*;
use grantd_protocol::{entropy::counted::Counted, id::*, *};
use grantd_store::{sqlite::*, *};
use std::{
    sync::{Arc, atomic::*},
    time::*,
};
fn rss() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap()
        .lines()
        .find(|l| l.starts_with("VmRSS"))
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}
fn now() -> Timestamp {
    Timestamp::from_millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64)
}
fn token(
    e: &Counted,
    n: Timestamp,
    client: &Arc<str>,
    scope: &ScopeSet,
    realm: &Arc<str>,
    iss: &Arc<str>,
) -> AccessRecord {
    AccessRecord {
        id: AccessId::draw(n, e),
        realm: realm.clone(),
        hash: Some(SecretHash::from_bytes(entropy::draw(e))),
        client_id: client.clone(),
        grant: None,
        family: None,
        subject: client.clone(),
        tenant: None,
        scope: scope.clone(),
        audience: iss.clone(),
        issuer: iss.clone(),
        issued_at: n,
        expires_at: n.plus(Seconds(3600)),
        ended_at: None,
    }
}
async fn load(
    store: &Arc<SqliteStore>,
    e: &Arc<Counted>,
    tasks: usize,
    secs: f64,
    scope: &ScopeSet,
    spin_us: u64,
    hint: bool,
) -> f64 {
    let stop = Arc::new(AtomicBool::new(false));
    let count = Arc::new(AtomicU64::new(0));
    let hs: Vec<_> = (0..tasks)
        .map(|k| {
            let (store, e, stop, count, scope) = (store.clone(), e.clone(), stop.clone(), count.clone(), scope.clone());
            let client: Arc<str> = format!("client-number-{:09}", k).into();
            let realm: Arc<str> = "main".into();
            let iss: Arc<str> = "https://id.example.org".into();
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let h = hint.then(|| store.expect_commit());
                    if spin_us > 0 {
                        tokio::task::yield_now().await;
                        let t = Instant::now();
                        while t.elapsed() < Duration::from_micros(spin_us) {
                            std::hint::spin_loop();
                        }
                    }
                    let n = now();
                    let t = token(&e, n, &client, &scope, &realm, &iss);
                    drop(h);
                    store
                        .commit(Change::new(
                            ChangeId::draw(n, &*e),
                            vec![Write::InsertAccess(Box::new(t))],
                        ))
                        .await
                        .unwrap();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let t = Instant::now();
    tokio::time::sleep(Duration::from_secs_f64(secs)).await;
    let c = count.load(Ordering::Relaxed);
    let d = t.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    for h in hs {
        h.await.unwrap();
    }
    c as f64 / d
}
#[tokio::main(worker_threads = 2)]
async fn main() {
    let rows: usize = std::env::args().nth(1).map_or(0, |s| s.parse().unwrap());
    let dir = std::path::PathBuf::from("/work/adhoc-db");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("x.db");
    let store = Arc::new(SqliteStore::open(&path, &Options::default()).unwrap());
    let e = Arc::new(Counted::default());
    println!("rss after open {} kB", rss());
    let s3 = ScopeSet::parse("a:read b:read c:write").unwrap();
    let s300 = ScopeSet::parse(
        &(0..300)
            .map(|i| format!("resource-{i}:read"))
            .collect::<Vec<_>>()
            .join(" "),
    )
    .unwrap();
    let realm: Arc<str> = "main".into();
    let iss: Arc<str> = "https://id.example.org".into();
    if rows > 1 {
        let t = Instant::now();
        let clients: Vec<Arc<str>> = (0..1000).map(|k| format!("client-number-{:09}", k).into()).collect();
        let start = now().minus(Seconds(3000));
        let mut done = 0;
        while done < rows {
            let ws = (0..5000)
                .map(|i| {
                    let at = Timestamp::from_millis(start.millis() + ((done + i) * 2_900_000 / rows) as i64);
                    Write::InsertAccess(Box::new(token(
                        &e,
                        at,
                        &clients[(done + i) * 7919 % 1000],
                        &s3,
                        &realm,
                        &iss,
                    )))
                })
                .collect();
            store.commit(Change::new(ChangeId::draw(now(), &*e), ws)).await.unwrap();
            done += 5000;
        }
        println!(
            "filled {rows} in {:?} = {:.0}/s; file {} MB = {} B/row; rss {} kB",
            t.elapsed(),
            rows as f64 / t.elapsed().as_secs_f64(),
            std::fs::metadata(&path).unwrap().len() >> 20,
            std::fs::metadata(&path).unwrap().len() as usize / rows,
            rss()
        );
        let t = Instant::now();
        let mut m = 0;
        while store.index_behind(5000).await.unwrap() > 0 {
            m += 1;
        }
        println!(
            "indexed in {:?}, {m} steps; file {} MB; {} B/row",
            t.elapsed(),
            std::fs::metadata(&path).unwrap().len() >> 20,
            std::fs::metadata(&path).unwrap().len() as usize / rows
        );
    }
    let rounds = if rows == 1 { 0 } else { 5 };
    if rows == 1 {
        load(&store, &e, 64, 1.0, &s3, 0, false).await;
    }
    for round in 0..rounds {
        println!(
            "round {round}: 64 tasks {:.0}/s; 300 scopes {:.0}/s; hinted {:.0}/s; 1 task {:.0}/s",
            load(&store, &e, 64, 2.0, &s3, 0, false).await,
            load(&store, &e, 64, 2.0, &s300, 0, false).await,
            load(&store, &e, 64, 2.0, &s3, 0, true).await,
            load(&store, &e, 1, 1.0, &s3, 0, false).await
        );
        println!(
            "   16us work: plain {:.0}/s hinted {:.0}/s; 240us work: plain {:.0}/s hinted {:.0}/s",
            load(&store, &e, 64, 2.0, &s3, 16, false).await,
            load(&store, &e, 64, 2.0, &s3, 16, true).await,
            load(&store, &e, 64, 2.0, &s3, 240, false).await,
            load(&store, &e, 64, 2.0, &s3, 240, true).await
        );
    }
    let page = store
        .access_list("main", &AccessFilter::default(), None, 1000)
        .await
        .unwrap();
    let ids: Vec<_> = page.rows.iter().map(|r| r.id).collect();
    let mut best = [f64::MAX; 2];
    for _ in 0..40 {
        let t = Instant::now();
        for i in 0..5_000 {
            store.access(ids[i % ids.len()]).await.unwrap().unwrap();
        }
        best[0] = best[0].min(t.elapsed().as_secs_f64() * 200.0);
        let t = Instant::now();
        for _ in 0..5_000 {
            store.attempts(CounterKey([0; 32])).await.unwrap();
        }
        best[1] = best[1].min(t.elapsed().as_secs_f64() * 200.0);
    }
    println!("best: access {:.2} us, attempts(miss) {:.2} us", best[0], best[1]);
    if rows == 1 {
        return;
    }
    for f in [
        AccessFilter::default(),
        AccessFilter {
            client_id: Some("client-number-000000500".into()),
            ..Default::default()
        },
        AccessFilter {
            client_id: Some("client-number-000000500".into()),
            live_at: Some(now()),
            ..Default::default()
        },
        AccessFilter {
            client_id: Some("nobody".into()),
            ..Default::default()
        },
        AccessFilter {
            subject: Some("client-number-000000500".into()),
            ..Default::default()
        },
    ] {
        let t = Instant::now();
        let p = store.access_list("main", &f, None, 50).await.unwrap();
        let a = t.elapsed();
        println!("list {f:?}: {} rows {a:?}", p.rows.len());
    }
    // refresh
    let mut ws = vec![];
    let u = UserRecord {
        realm: realm.clone(),
        id: "u".into(),
        version: 1,
        username: "u".into(),
        password_hash: None,
        password_changed_at: now(),
        claims: Default::default(),
        enabled: true,
        created_at: now(),
    };
    ws.push(Write::InsertUser(Box::new(u)));
    let mut fams = vec![];
    for k in 0..2000 {
        let g = GrantRecord {
            id: GrantId::draw(now(), &*e),
            version: 1,
            realm: realm.clone(),
            user: "u".into(),
            client_id: format!("c{k}").into(),
            tenant: None,
            scope: s3.clone(),
            resource: iss.clone(),
            redirect_uri: "https://x".into(),
            created_at: now(),
            updated_at: now(),
            expires_at: None,
            session: None,
            ended_at: None,
        };
        let f = FamilyRecord {
            id: FamilyId::draw(now(), &*e),
            delegation: code::Delegation {
                realm: realm.clone(),
                issuer: iss.clone(),
                client_id: g.client_id.clone(),
                grant: g.id,
                session: None,
                user: "u".into(),
                tenant: None,
                scope: if k < 1000 { s3.clone() } else { s300.clone() },
                resource: iss.clone(),
                authentication: code::Authentication {
                    at: now(),
                    acr: None,
                    amr: vec![],
                },
                nonce: None,
            },
            generation: Some(0),
            rotated_at: now(),
            salt: [1; 16],
            offline: true,
            created_at: now(),
            idle_expires_at: now().plus(Seconds(86400)),
            absolute_expires_at: None,
            ended_at: None,
        };
        ws.push(Write::InsertGrant(Box::new(g)));
        fams.push(f.clone());
        ws.push(Write::InsertFamily(Box::new(f)));
    }
    store.commit(Change::new(ChangeId::draw(now(), &*e), ws)).await.unwrap();
    let t = Instant::now();
    for i in 0..50_000 {
        store.family(fams[i % 1000].id).await.unwrap().unwrap();
    }
    println!("family facts {:.2} us", t.elapsed().as_secs_f64() * 20.0);
    for (name, half) in [("3", 0usize), ("300", 1000)] {
        let t = Instant::now();
        let rounds = 10u32;
        let hs: Vec<_> = (0..64)
            .map(|k| {
                let (store, e) = (store.clone(), e.clone());
                let mine: Vec<_> = fams[half..half + 1000].iter().skip(k).step_by(64).cloned().collect();
                tokio::spawn(async move {
                    for r in 0..rounds {
                        for f in &mine {
                            let n = now();
                            let mut a = token(
                                &e,
                                n,
                                &f.delegation.client_id,
                                &f.delegation.scope,
                                &f.delegation.realm,
                                &f.delegation.issuer,
                            );
                            a.grant = Some(f.delegation.grant);
                            a.family = Some(f.id);
                            a.subject = "u".into();
                            store
                                .commit(Change {
                                    id: ChangeId::draw(n, &*e),
                                    guards: vec![
                                        Guard::FamilyAt {
                                            id: f.id,
                                            generation: Some(r),
                                        },
                                        Guard::GrantLive(f.delegation.grant),
                                    ],
                                    writes: vec![
                                        Write::RotateFamily {
                                            id: f.id,
                                            to: r + 1,
                                            at: n,
                                            idle_expires_at: n.plus(Seconds(86400)),
                                        },
                                        Write::InsertAccess(Box::new(a)),
                                    ],
                                })
                                .await
                                .unwrap();
                        }
                    }
                })
            })
            .collect();
        for h in hs {
            h.await.unwrap();
        }
        println!("refresh, {name} scopes: {:.0}/s", 10_000.0 / t.elapsed().as_secs_f64());
    }
    println!(
        "wal {} MB, rss {} kB",
        std::fs::metadata(dir.join("x.db-wal")).unwrap().len() >> 20,
        rss()
    );
    let t = Instant::now();
    let mut gone = 0;
    let far = now().plus(Seconds(7200));
    for _ in 0..20 {
        gone += store
            .commit(Change::new(
                ChangeId::draw(now(), &*e),
                vec![Write::Purge {
                    kind: PurgeKind::Access,
                    before: far,
                    limit: 1000,
                }],
            ))
            .await
            .unwrap();
    }
    println!(
        "purged {gone} in {:?} ({:.0}/s)",
        t.elapsed(),
        gone as f64 / t.elapsed().as_secs_f64()
    );
}
