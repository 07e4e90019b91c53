//! Answers that are nearly right. Whatever is wrong with one, it ends, and the secret that it repeats does not come through.

use std::{
    future::pending,
    sync::{Arc, Mutex},
};

use palisade_core::http::{Error, Method, Request};
use palisade_egress::{Egress, Grant};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    memory::Memory,
    setup::{CREDENTIAL, Call, SECRET, credential, granted, short},
};

const ANSWERS: usize = 20_000;
const SEED: u64 = 14;

/// Sound answers, all of which repeat the secret.
fn sound() -> Vec<Vec<u8>> {
    let body = format!("{{\"you\": \"Bearer {SECRET}\", \"and\": \"{SECRET}\"}}");
    let head = format!("HTTP/1.1 200 OK\r\nx-echo: {SECRET}\r\ncontent-type: application/json\r\n");
    let chunks = |size: usize| -> String {
        let pieces = body
            .as_bytes()
            .chunks(size)
            .map(|piece| format!("{:x}\r\n{}\r\n", piece.len(), String::from_utf8_lossy(piece)));
        pieces.collect::<String>() + "0\r\n\r\n"
    };
    let answers = [
        format!("{head}content-length: {}\r\n\r\n{body}", body.len()),
        format!("{head}connection: close\r\n\r\n{body}"),
        format!("{head}transfer-encoding: chunked\r\n\r\n{}", chunks(1000)),
        format!("{head}transfer-encoding: chunked\r\n\r\n{}", chunks(3)),
        format!("HTTP/1.1 100 Continue\r\n\r\n{head}transfer-encoding: chunked\r\ntrailer: x\r\n\r\n{}", chunks(10)),
        format!("HTTP/1.0 404 Not Found\r\nx-echo: {SECRET}\r\n\r\n{body}"),
    ];
    answers.map(String::into_bytes).to_vec()
}

/// An answer with some bytes that are others, gone, or too many.
fn spoil(answer: &mut Vec<u8>, random: &mut StdRng) {
    let bits: &[&[u8]] = &[
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b":",
        b" ",
        b"0",
        b"9",
        b"f",
        b";",
        b",",
        b"\0",
        b"\xff",
        b"-",
        b"chunked",
    ];
    for _ in 0..random.random_range(0..4) {
        let at = random.random_range(0..=answer.len());
        match random.random_range(0..5) {
            0 => answer.truncate(at),
            1 => drop(answer.splice(at.min(answer.len())..(at + 3).min(answer.len()), [])),
            2 => drop(answer.splice(at..at, bits.choose(random).unwrap().iter().copied())),
            3 if at < answer.len() => answer[at] ^= 1 << random.random_range(0..8),
            _ => {
                let again = answer[at..].to_vec();
                answer.extend(again);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_ends_and_none_gives_the_secret_away() {
    let random = Arc::new(Mutex::new(StdRng::seed_from_u64(SEED)));
    let answers = sound();
    let memory = Memory::serving(move |mut peer| {
        let (random, answers) = (random.clone(), answers.clone());
        async move {
            while peer.request().await.is_some() {
                let (answer, end) = {
                    let mut random = random.lock().unwrap();
                    let mut answer = answers.choose(&mut *random).unwrap().clone();
                    spoil(&mut answer, &mut random);
                    (answer, random.random_range(0..3))
                };
                peer.write(&answer).await;
                match end {
                    0 => return,
                    1 => pending().await,
                    _ => {}
                }
            }
        }
    });
    let egress = Egress::new(short(), memory.network()).unwrap();
    let own = Grant {
        allow_private: vec!["10.1.2.3:80".parse().unwrap()],
        credential: Some(credential()),
        ..Grant::new("http://own.example.com/*")
    };
    let grants = granted([own]);
    let (mut whole, mut broken, mut headless) = (0, 0, 0);
    for _ in 0..ANSWERS {
        let call = Call::new(&egress, &grants, "a");
        let request =
            Request { credential: Some(CREDENTIAL.to_owned()), ..Request::new(Method::Get, "http://own.example.com/") };
        let mut shown = Vec::new();
        match call.send(request).await {
            Err(Error::Denied(_) | Error::InvalidRequest(_)) => panic!("the request is sound"),
            Err(_) => headless += 1,
            Ok(mut response) => {
                shown.extend(format!("{response:?}").bytes());
                loop {
                    match response.body.read(1024).await {
                        Ok(piece) if piece.is_empty() => break whole += 1,
                        Ok(piece) => shown.extend_from_slice(&piece),
                        Err(_) => break broken += 1,
                    }
                }
            }
        }
        assert!(!shown.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "{}", shown.escape_ascii());
    }
    println!("{whole} whole, {broken} broken off, {headless} without a head; {} connections", memory.connected().len());
    let least = ANSWERS / 50;
    assert!(whole > least && broken > least && headless > least, "{whole} {broken} {headless}");
}
