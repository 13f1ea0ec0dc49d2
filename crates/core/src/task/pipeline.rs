//! Stages one behind the other, joined by bounded queues: while one item is processed the next one is downloaded. Owns
//! the queues and what runs in the stages.

use futures_util::future::{BoxFuture, join_all};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;

use super::{Task, TaskContext, TaskError};

/// An item on its way, with its place in the order; an error goes past all further stages.
type Item<T> = (usize, Result<T, TaskError>);

/// Stages that items go through. Nothing happens until the end is asked for, by [`Pipeline::collect`] or
/// [`Pipeline::settle`].
#[must_use = "a pipeline does nothing until its end is awaited"]
pub struct Pipeline<T> {
    context: TaskContext,
    output: mpsc::Receiver<Item<T>>,
    stages: Vec<BoxFuture<'static, ()>>,
}

impl TaskContext {
    /// Lets items go through stages. Each stage has so many tasks at a time, and hands on through a queue of as many:
    /// a slow stage holds up the ones before it instead of filling the memory.
    ///
    /// ```
    /// # use duologue_core::{Task, TaskContext, TaskError};
    /// async fn sizes(task: TaskContext, pages: Vec<String>) -> Result<Vec<usize>, TaskError> {
    ///     task.pipeline(pages)
    ///         .stage(4, |page| Task::new("load", move |_| async move { Ok(page.to_uppercase()) }))
    ///         .stage(2, |text| Task::blocking("count", move |_| Ok(text.len())))
    ///         .collect()
    ///         .await
    /// }
    /// # let _ = sizes;
    /// ```
    pub fn pipeline<T, I>(&self, items: I) -> Pipeline<T>
    where
        T: Send + 'static,
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'static,
    {
        let items = items.into_iter();
        let (sender, output) = mpsc::channel(1);
        let feed = async move {
            for (index, item) in items.enumerate() {
                if sender.send((index, Ok(item))).await.is_err() {
                    return;
                }
            }
        };
        Pipeline {
            context: self.clone(),
            output,
            stages: vec![feed.boxed()],
        }
    }
}

impl<T: Send + 'static> Pipeline<T> {
    /// With another stage: a task of each item, at most so many at a time. Items may overtake each other.
    pub fn stage<U, F>(self, bound: usize, task: F) -> Pipeline<U>
    where
        U: Send + 'static,
        F: FnMut(T) -> Task<U> + Send + 'static,
    {
        let bound = bound.max(1);
        let (sender, output) = mpsc::channel(bound);
        let mut stages = self.stages;
        stages.push(drive(self.context.clone(), self.output, sender, bound, task).boxed());
        Pipeline {
            context: self.context,
            output,
            stages,
        }
    }

    /// All results in the order of the items, or the first error; then all that is under way is cancelled.
    ///
    /// Cancel safe in so far as dropping it cancels all.
    ///
    /// # Errors
    ///
    /// The first error of any stage.
    pub async fn collect(self) -> Result<Vec<T>, TaskError> {
        let mut results = Vec::new();
        self.run(|index, result| {
            results.push((index, result?));
            Ok(())
        })
        .await?;
        results.sort_unstable_by_key(|(index, _)| *index);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }

    /// Each item's result, or the error of the stage that it did not pass, in the order of the items.
    ///
    /// Cancel safe in so far as dropping it cancels all.
    pub async fn settle(self) -> Vec<Result<T, TaskError>> {
        let mut results = Vec::new();
        // It never ends early, as no result is an error to it.
        let _ = self
            .run(|index, result| {
                results.push((index, result));
                Ok(())
            })
            .await;
        results.sort_unstable_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// Takes the results as they come, until one is an error.
    async fn run(
        mut self,
        mut take: impl FnMut(usize, Result<T, TaskError>) -> Result<(), TaskError>,
    ) -> Result<(), TaskError> {
        let mut stages = join_all(self.stages).fuse();
        loop {
            tokio::select! {
                item = self.output.recv() => match item {
                    Some((index, result)) => take(index, result)?,
                    None => return Ok(()),
                },
                // What they have handed on when they end is taken above.
                _ = &mut stages => {}
            }
        }
    }
}

/// One stage: takes an item when there is room for its task, and hands on what is done when there is room behind.
async fn drive<T, U, F>(
    context: TaskContext,
    mut input: mpsc::Receiver<Item<T>>,
    output: mpsc::Sender<Item<U>>,
    bound: usize,
    mut task: F,
) where
    T: Send + 'static,
    U: Send + 'static,
    F: FnMut(T) -> Task<U> + Send + 'static,
{
    let mut running = FuturesUnordered::new();
    let mut done: Vec<Item<U>> = Vec::new();
    let mut more = true;
    while more || !running.is_empty() || !done.is_empty() {
        tokio::select! {
            // What is done but not handed on counts as well, so that a slow stage behind holds this one up.
            item = input.recv(), if more && running.len() + done.len() < bound => match item {
                Some((index, Ok(item))) => {
                    let child = context.run(task(item));
                    running.push(async move { (index, child.await) });
                }
                Some((index, Err(error))) => done.push((index, Err(error))),
                None => more = false,
            },
            Some(item) = running.next(), if !running.is_empty() => done.push(item),
            room = output.reserve(), if !done.is_empty() => match (room, done.pop()) {
                (Ok(room), Some(item)) => room.send(item),
                // Nobody wants the rest.
                _ => return,
            },
        }
    }
}
