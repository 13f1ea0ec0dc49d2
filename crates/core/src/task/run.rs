//! How a task runs: it waits for room, runs in its lane under its deadline, and its panic is an error. Owns nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, oneshot};
use tokio::time::Instant;

use super::context::{Home, HostHome, WorkerHome};
use super::join::Child;
use super::node::{Node, Phase};
use super::process::{JobHost, ProcessJob, WorkerEvent};
use super::scheduler::{Owner, Permit, Scheduler, Ticket};
use super::scratch::FileWriter;
use super::spec::{ProcessCall, Work};
use super::{FileKey, Lane, Task, TaskContext, TaskError};
use crate::executor::panic_text;

/// A task that is about to run in the bot's own process.
pub(super) struct Run {
    pub(super) scheduler: Arc<Scheduler>,
    pub(super) owner: Arc<Owner>,
    pub(super) node: Arc<Node>,
    /// The lane of the task that started it.
    pub(super) from: Option<Lane>,
}

impl Run {
    /// Runs a task to its end, whatever that is.
    pub(super) async fn run<T: Send + 'static>(
        self,
        task: Task<T>,
        ticket: Option<Ticket>,
    ) -> Result<T, TaskError> {
        let node = Arc::clone(&self.node);
        let result = self.attempt(task, ticket).await;
        node.ends(Phase::of(&result));
        // Whatever it left running, such as a thread that is over its time, sees that it should end.
        node.cancel.cancel();
        result
    }

    async fn attempt<T: Send + 'static>(self, task: Task<T>, ticket: Option<Ticket>) -> Result<T, TaskError> {
        let node = Arc::clone(&self.node);
        if node.cancel.is_cancelled() {
            return Err(TaskError::Cancelled(node.canceller()));
        }
        let permit = match ticket {
            Some(ticket) => Some(self.room(ticket).await?),
            None => None,
        };
        let default = self.from.is_none().then_some(self.scheduler.limits.deadline);
        node.begins(task.deadline.or(default));
        let work = self.work(task, permit);
        tokio::select! {
            biased;
            () = node.cancel.cancelled() => Err(TaskError::Cancelled(node.canceller())),
            () = until(node.deadline()) => Err(TaskError::TimedOut(node.ran())),
            result = work => result,
        }
    }

    async fn room(&self, ticket: Ticket) -> Result<Permit, TaskError> {
        self.node.waits(ticket.number);
        tokio::select! {
            permit = ticket.permit() => permit.ok_or(TaskError::Cancelled(super::Canceller::Shutdown)),
            () = self.node.cancel.cancelled() => Err(TaskError::Cancelled(self.node.canceller())),
            () = until(self.node.deadline()) => Err(TaskError::TimedOut(self.node.ran())),
        }
    }

    fn work<T: Send + 'static>(
        self,
        task: Task<T>,
        permit: Option<Permit>,
    ) -> BoxFuture<'static, Result<T, TaskError>> {
        let Task {
            lane,
            inputs,
            receive,
            work,
            ..
        } = task;
        let Self {
            scheduler,
            owner,
            node,
            from,
        } = self;
        let home = HostHome {
            node: Arc::clone(&node),
            scheduler: Arc::clone(&scheduler),
            owner,
            lane,
            runtime: Handle::current(),
            inputs,
            receive,
            next_file: AtomicU32::new(0),
        };
        match work {
            Work::Async(work) => {
                let context = TaskContext::host(home);
                async move {
                    let _permit = permit;
                    let future = AssertUnwindSafe(async move { work(context).await });
                    future
                        .catch_unwind()
                        .await
                        .unwrap_or_else(|panic| Err(panicked(&*panic)))
                }
                .boxed()
            }
            Work::Blocking(work) => {
                let context = TaskContext::host(home);
                let call = move || {
                    catch_unwind(AssertUnwindSafe(|| work(&context)))
                        .unwrap_or_else(|panic| Err(panicked(&*panic)))
                };
                if from == Some(Lane::Blocking) {
                    // On the very thread of the task that waits for it.
                    return async move { call() }.boxed();
                }
                on_thread(scheduler, permit, call).boxed()
            }
            Work::Process(call) => in_process(home, call, permit).boxed(),
        }
    }
}

/// The room goes back when the thread is done, not when nobody waits for it any more.
async fn on_thread<T: Send + 'static>(
    scheduler: Arc<Scheduler>,
    permit: Option<Permit>,
    call: impl FnOnce() -> Result<T, TaskError> + Send + 'static,
) -> Result<T, TaskError> {
    // A test's clock must not run on while a thread works.
    #[cfg(any(test, feature = "testing"))]
    let _awake = crate::testing::hold_the_clock();
    let (done, result) = oneshot::channel();
    let job = move || {
        let result = call();
        drop(permit);
        // Nobody may want the result any more.
        let _ = done.send(result);
    };
    scheduler.threads.run(job)?;
    result
        .await
        .unwrap_or_else(|_| Err("a thread of the blocking lane was lost".into()))
}

async fn in_process<T>(home: HostHome, call: ProcessCall<T>, permit: Option<Permit>) -> Result<T, TaskError> {
    let _permit = permit;
    let Some(lane) = home.scheduler.process.clone() else {
        return Err(TaskError::WrongLane(
            "this bot was started without a process lane",
        ));
    };
    let job = ProcessJob {
        function: call.function.name,
        input: call.input?,
        files: home.inputs.clone(),
        limits: call.limits,
        within: home
            .node
            .deadline()
            .map(|deadline| deadline.saturating_duration_since(Instant::now())),
        key: (home.node.tree.id.0, home.node.number),
    };
    let host = Host {
        home,
        children: Mutex::default(),
        files: Mutex::default(),
    };
    let output = lane.run(job, &host).await?;
    (call.decode)(&output)
}

/// Hears what a worker says of a job.
struct Host {
    home: HostHome,
    children: Mutex<Vec<(u64, Arc<Node>)>>,
    files: Mutex<Vec<(u32, FileWriter)>>,
}

impl JobHost for Host {
    fn hear(&self, event: WorkerEvent) -> BoxFuture<'_, Result<(), TaskError>> {
        async move {
            match event {
                WorkerEvent::Progress { child, progress } => {
                    let node = self.node(child).await;
                    node.change_progress(|old| *old = progress.into());
                }
                WorkerEvent::Log(child, line) => self.node(child).await.log(&line),
                WorkerEvent::Show(child, words) => self.node(child).await.show(&words),
                WorkerEvent::Emit(bytes) => {
                    if let Some(receive) = &self.home.receive {
                        receive(&bytes);
                    }
                }
                WorkerEvent::ChildBegins(child, name) => {
                    let node = self.home.node.child(name.into());
                    node.begins(None);
                    self.children.lock().await.push((child, node));
                }
                WorkerEvent::ChildEnds(child, well) => {
                    let node = self.node(child).await;
                    node.ends(if well { Phase::Done } else { Phase::Failed });
                    self.home.node.fold();
                    self.children.lock().await.retain(|(number, _)| *number != child);
                }
                WorkerEvent::FileBegins(number, name) => {
                    let key = FileKey {
                        task: self.home.node.tree.id.0,
                        part: self.home.node.number,
                        number,
                    };
                    let file = FileWriter::host(&self.home.node, &self.home.scheduler, key, name).await?;
                    self.files.lock().await.push((number, file));
                }
                WorkerEvent::FileBytes(number, bytes) => {
                    let mut files = self.files.lock().await;
                    let file = files.iter_mut().find(|(other, _)| *other == number);
                    file.ok_or("a worker wrote into a file that it had not begun")?
                        .1
                        .write(bytes)
                        .await?;
                }
                WorkerEvent::FileEnds(number) => {
                    let mut files = self.files.lock().await;
                    let place = files.iter().position(|(other, _)| *other == number);
                    let place = place.ok_or("a worker ended a file that it had not begun")?;
                    files.swap_remove(place).1.finish().await?;
                }
            }
            Ok(())
        }
        .boxed()
    }
}

impl Host {
    /// The node of a child inside the worker; what is unknown counts for the job itself.
    async fn node(&self, child: u64) -> Arc<Node> {
        let children = self.children.lock().await;
        let found = children.iter().find(|(number, _)| *number == child);
        found.map_or_else(|| Arc::clone(&self.home.node), |(_, node)| Arc::clone(node))
    }
}

impl TaskContext {
    /// Starts a task as a child of this one. It stands on the same card, ends with this task at the latest, and
    /// dropping it cancels it. Await it; in the lanes that cannot await, [`TaskContext::wait`] for it.
    ///
    /// A child runs in the lane of its parent or in one further down (async, blocking, process): so no lane can wait
    /// for itself. A blocking child of a blocking task runs on the same thread, and a child of a task in a worker
    /// process runs in that process. Nothing happens until it is polled.
    ///
    /// # Errors
    ///
    /// The child's own; [`TaskError::WrongLane`] for a lane further up.
    pub fn run<T: Send + 'static>(&self, task: Task<T>) -> Child<T> {
        match &self.home {
            Home::Host(home) => host_child(home, task),
            Home::Worker(home) => worker_child(home, task),
        }
    }
}

fn host_child<T: Send + 'static>(home: &Arc<HostHome>, task: Task<T>) -> Child<T> {
    let upward = matches!(
        (home.lane, task.lane),
        (Lane::Blocking | Lane::Process, Lane::Async) | (Lane::Process, Lane::Blocking)
    );
    if upward {
        return Child::failed(TaskError::WrongLane(
            "a task starts children in its own lane or in one further down: async, blocking, process",
        ));
    }
    let node = home.node.child(task.name.clone());
    // Whose parent holds room in the same lane needs none of its own: the parent waits meanwhile.
    let ticket = (task.lane != home.lane).then(|| home.scheduler.enter(&task, &home.owner));
    if let Some(ticket) = &ticket {
        node.waits(ticket.number);
    }
    let run = Run {
        scheduler: Arc::clone(&home.scheduler),
        owner: Arc::clone(&home.owner),
        node: Arc::clone(&node),
        from: Some(home.lane),
    };
    let parent = Arc::clone(&home.node);
    let future = async move {
        let result = run.run(task, ticket).await;
        parent.fold();
        result
    };
    Child::new(Some(node), future.boxed())
}

fn worker_child<T: Send + 'static>(home: &Arc<WorkerHome>, task: Task<T>) -> Child<T> {
    let Work::Process(call) = task.work else {
        return Child::failed(TaskError::WrongLane(
            "a task in a worker process starts children of the process lane alone",
        ));
    };
    let number = home.shared.next_child.fetch_add(1, Ordering::Relaxed);
    let (port, shared, name) = (Arc::clone(&home.port), Arc::clone(&home.shared), task.name);
    let future = async move {
        port.tell(WorkerEvent::ChildBegins(number, name.to_string()))?;
        let result = inside(&TaskContext::worker(Arc::clone(&port), number, shared), call);
        port.tell(WorkerEvent::ChildEnds(number, result.is_ok()))?;
        result
    };
    Child::new(None, future.boxed())
}

fn inside<T>(context: &TaskContext, call: ProcessCall<T>) -> Result<T, TaskError> {
    let input = call.input?;
    let output = catch_unwind(AssertUnwindSafe(|| (call.function.run)(context, &input)))
        .unwrap_or_else(|panic| Err(panicked(&*panic)));
    if let Home::Worker(home) = &context.home {
        home.flush();
    }
    (call.decode)(&output?)
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> TaskError {
    TaskError::Panicked(panic_text(panic).to_owned())
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
