//! Structured joins: no child outlives its parent, and one failure cancels the rest or is collected, as asked.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waker, Poll};

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::node::{Node, Phase};
use super::{Canceller, Task, TaskContext, TaskError};

/// A task that another one has started. It is a future of its result; dropping it cancels it.
#[must_use = "a child does nothing until it is awaited, and is cancelled when it is dropped"]
pub struct Child<T> {
    node: Option<Arc<Node>>,
    future: BoxFuture<'static, Result<T, TaskError>>,
    ended: bool,
}

impl<T: Send + 'static> Child<T> {
    pub(super) fn new(node: Option<Arc<Node>>, future: BoxFuture<'static, Result<T, TaskError>>) -> Self {
        Self {
            node,
            future,
            ended: false,
        }
    }

    pub(super) fn failed(error: TaskError) -> Self {
        Self::new(None, async { Err(error) }.boxed())
    }

    /// Asks it to end; awaiting it then gives [`TaskError::Cancelled`]. Inside a worker process children are not
    /// cancelled one by one.
    pub fn cancel(&self) {
        if let Some(node) = &self.node {
            node.cancel(Canceller::Parent);
        }
    }
}

impl<T> Future for Child<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Self::Output> {
        let polled = self.future.poll_unpin(waker);
        self.ended |= polled.is_ready();
        polled
    }
}

impl<T> Drop for Child<T> {
    fn drop(&mut self) {
        if let (false, Some(node)) = (self.ended, &self.node) {
            node.cancel(Canceller::Parent);
            node.ends(Phase::Cancelled);
        }
    }
}

impl TaskContext {
    /// Runs all side by side and gives all results in order, or the first error; then the rest is cancelled.
    ///
    /// Cancel safe in so far as dropping it cancels all.
    ///
    /// ```
    /// # use duologue_core::{Task, TaskContext, TaskError};
    /// async fn lengths(task: TaskContext, words: Vec<String>) -> Result<usize, TaskError> {
    ///     let tasks = words.into_iter().map(|word| {
    ///         Task::new("count", move |_| async move { Ok(word.len()) })
    ///     });
    ///     Ok(task.gather(tasks).await?.into_iter().sum())
    /// }
    /// # let _ = lengths;
    /// ```
    ///
    /// # Errors
    ///
    /// The first error of a child.
    pub async fn gather<T, I>(&self, tasks: I) -> Result<Vec<T>, TaskError>
    where
        T: Send + 'static,
        I: IntoIterator<Item = Task<T>>,
    {
        let children = tasks.into_iter().map(|task| self.run(task));
        futures_util::future::try_join_all(children).await
    }

    /// Runs all side by side and gives each one's result or error, in order.
    ///
    /// Cancel safe in so far as dropping it cancels all.
    pub async fn gather_settled<T, I>(&self, tasks: I) -> Vec<Result<T, TaskError>>
    where
        T: Send + 'static,
        I: IntoIterator<Item = Task<T>>,
    {
        let children = tasks.into_iter().map(|task| self.run(task));
        futures_util::future::join_all(children).await
    }

    /// Runs all side by side and gives the first result; the rest is cancelled. An error counts only when there is
    /// nothing else: then it is the last one's.
    ///
    /// Cancel safe in so far as dropping it cancels all.
    ///
    /// # Errors
    ///
    /// The last error, when every child fails; a fault when there is no child.
    pub async fn race<T, I>(&self, tasks: I) -> Result<T, TaskError>
    where
        T: Send + 'static,
        I: IntoIterator<Item = Task<T>>,
    {
        let mut children: FuturesUnordered<Child<T>> = tasks.into_iter().map(|task| self.run(task)).collect();
        let mut last = TaskError::from("a race without anybody in it");
        while let Some(result) = children.next().await {
            match result {
                Ok(value) => return Ok(value),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Makes a task of each item and runs them, at most so many at a time; gives all results in the order of the
    /// items, or the first error; then the rest is cancelled. An item is taken only when there is room for its task.
    ///
    /// Cancel safe in so far as dropping it cancels all.
    ///
    /// # Errors
    ///
    /// The first error of a child.
    pub async fn for_each_bounded<I, T, F>(
        &self,
        bound: usize,
        items: I,
        task: F,
    ) -> Result<Vec<T>, TaskError>
    where
        I: IntoIterator,
        T: Send + 'static,
        F: FnMut(I::Item) -> Task<T>,
    {
        self.bounded(bound, items, task, |result| result.is_err())
            .await
            .into_iter()
            .collect()
    }

    /// The same, and gives each one's result or error.
    ///
    /// Cancel safe in so far as dropping it cancels all.
    pub async fn for_each_bounded_settled<I, T, F>(
        &self,
        bound: usize,
        items: I,
        task: F,
    ) -> Vec<Result<T, TaskError>>
    where
        I: IntoIterator,
        T: Send + 'static,
        F: FnMut(I::Item) -> Task<T>,
    {
        self.bounded(bound, items, task, |_| false).await
    }

    /// Runs tasks of items until all are done, or a result says stop: that one is then the only one left.
    async fn bounded<I, T, F>(
        &self,
        bound: usize,
        items: I,
        mut task: F,
        stop: impl Fn(&Result<T, TaskError>) -> bool,
    ) -> Vec<Result<T, TaskError>>
    where
        I: IntoIterator,
        T: Send + 'static,
        F: FnMut(I::Item) -> Task<T>,
    {
        let mut items = items.into_iter().enumerate();
        let mut running = FuturesUnordered::new();
        let mut results = Vec::new();
        loop {
            while running.len() < bound.max(1)
                && let Some((index, item)) = items.next()
            {
                let child = self.run(task(item));
                running.push(async move { (index, child.await) });
            }
            let Some((index, result)) = running.next().await else {
                break;
            };
            if stop(&result) {
                return vec![result];
            }
            results.push((index, result));
        }
        results.sort_unstable_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
